import { useEffect } from 'react';

/** Marks the element that takes the focus when what had it is gone. */
export const HOME = 'data-focus-home';

/** Keeps the focus from falling to the body: what removes the focused element, or a click on nothing, gives it to the page. */
export function useFocusKeeper() {
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const keep = () => {
      const { activeElement } = document;
      if (activeElement && activeElement !== document.body) return;
      home()?.focus({ preventScroll: true });
    };
    // Not before the focus has arrived where it goes: on its way it is nowhere.
    const soon = () => {
      clearTimeout(timer);
      timer = setTimeout(keep);
    };
    const observer = new MutationObserver(keep);
    observer.observe(document.body, { childList: true, subtree: true });
    document.addEventListener('focusout', soon);
    document.addEventListener('pointerup', soon);
    keep();
    return () => {
      clearTimeout(timer);
      observer.disconnect();
      document.removeEventListener('focusout', soon);
      document.removeEventListener('pointerup', soon);
    };
  }, []);
}

/** The dialog that lies over the page, or the innermost home. */
function home(): HTMLElement | undefined {
  const last = (selector: string) =>
    [...document.querySelectorAll<HTMLElement>(selector)].findLast((element) => element.checkVisibility());
  return last('[role="dialog"][aria-modal="true"]') ?? last(`[${HOME}]`);
}
