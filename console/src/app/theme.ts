import { createTheme, type MantineColorSchemeManager, type MantineColorsTuple } from '@mantine/core';
import { preferences, setPreferences } from '../preferences/preferences';

const ink: MantineColorsTuple = [
  '#eef3fd',
  '#dbe5f8',
  '#b5c8ef',
  '#8ca9e6',
  '#6a8fdf',
  '#537edb',
  '#2f5fd0',
  '#2752b9',
  '#1f47a6',
  '#143b92',
];

/** Mantine's greys of the dark scheme, as cool as those of the page. */
const dark: MantineColorsTuple = [
  '#e6e8ec',
  '#c3c8d1',
  '#9ba3b1',
  '#7b8494',
  '#3a3f4a',
  '#2f343e',
  '#1d2027',
  '#16181d',
  '#111317',
  '#0c0e11',
];

export const theme = createTheme({
  primaryColor: 'ink',
  primaryShade: 6,
  colors: { ink, dark },
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, SFMono-Regular, Menlo, monospace',
  defaultRadius: 'md',
  respectReducedMotion: true,
  cursorType: 'pointer',
  components: {
    Modal: {
      defaultProps: {
        transitionProps: { duration: 0 },
        overlayProps: { backgroundOpacity: 0.35 },
        // The page itself never scrolls, and what locks it writes a style without a nonce.
        lockScroll: false,
        closeButtonProps: { 'aria-label': 'Close' },
      },
    },
    // It would be a banner beside that of the page.
    ModalHeader: { defaultProps: { role: 'presentation' } },
    ModalRoot: { defaultProps: { transitionProps: { duration: 0 }, lockScroll: false } },
    ModalOverlay: { defaultProps: { backgroundOpacity: 0.35 } },
    // The placeholder that would take the focus first is nothing that a menu may have in it.
    Menu: {
      defaultProps: { transitionProps: { duration: 0 }, shadow: 'md', withInitialFocusPlaceholder: false },
    },
  },
});

/** Mantine's colour scheme is the preference, wherever it is changed. */
export function schemeManager(): MantineColorSchemeManager {
  let leave = () => {};
  return {
    get: () => preferences.get().theme,
    set: (theme) => {
      if (theme !== preferences.get().theme) setPreferences({ theme });
    },
    subscribe: (onChange) => {
      let shown = preferences.get().theme;
      leave = preferences.subscribe(() => {
        const { theme } = preferences.get();
        if (theme === shown) return;
        shown = theme;
        onChange(theme);
      });
    },
    unsubscribe: () => leave(),
    clear: () => setPreferences({ theme: 'auto' }),
  };
}

/** Before the first paint: React comes later. */
export function paintScheme() {
  const { theme } = preferences.get();
  const dark = theme === 'dark' || (theme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  document.documentElement.dataset.mantineColorScheme = dark ? 'dark' : 'light';
}
