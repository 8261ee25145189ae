/** A key by its place on the keyboard (UI Events `KeyboardEvent.code`), with what is held down. */
export interface Shortcut {
  code: string;
  /** Ctrl, or Cmd on a Mac. */
  mod?: boolean;
  shift?: boolean;
  /** Whether it works also while somebody types. */
  typing?: boolean;
}

type Pressed = Pick<KeyboardEvent, 'code' | 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>;

/**
 * The key that was meant. A Latin layout says so by its letters (so that A is A on a French one); any other, such as Hindi,
 * by where the key is.
 */
export function codeOf({ key, code }: Pressed): string {
  if (/^[a-z]$/i.test(key)) return `Key${key.toUpperCase()}`;
  if (key === '/' || key === '?') return 'Slash';
  // Another sign of a Latin layout that stands where `/` is elsewhere.
  if (code === 'Slash' && /^[!-~]$/.test(key)) return '';
  return code;
}

export function isPressed(shortcut: Shortcut, event: Pressed): boolean {
  // Where these two are, and whether with Shift, differs from layout to layout.
  const shift = event.key === '?' || (event.key !== '/' && event.shiftKey);
  return (
    codeOf(event) === shortcut.code &&
    (event.ctrlKey || event.metaKey) === (shortcut.mod ?? false) &&
    shift === (shortcut.shift ?? false) &&
    !event.altKey
  );
}

const NAMES: Record<string, string> = {
  ArrowDown: '↓',
  ArrowUp: '↑',
  Escape: 'Esc',
  Slash: '/',
  Comma: ',',
  Enter: 'Enter',
};

const isMac = /Mac|iP(hone|ad)/.test(navigator.userAgent);

/** The keys as people read them. */
export function keysOf({ code, mod, shift }: Shortcut): string[] {
  if (code === 'Slash' && shift) return ['?'];
  const name = NAMES[code] ?? code.replace(/^(Key|Digit)/, '');
  return [...(mod ? [isMac ? '⌘' : 'Ctrl'] : []), ...(shift ? ['Shift'] : []), name];
}

/** Where keys write text rather than command. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable) return true;
  if (target instanceof HTMLInputElement)
    return !['checkbox', 'radio', 'button', 'submit'].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement;
}
