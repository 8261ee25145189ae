import { useLayoutEffect, useState } from 'react';

/**
 * Gives the focus back, once a dialog is gone, to what had it before the dialog came; unless it has gone somewhere else by
 * itself.
 */
export function useFocusBack(isOn = true) {
  const [before] = useState(() => document.activeElement);
  useLayoutEffect(
    () => () => {
      const { activeElement } = document;
      const isLeft = activeElement === document.body || activeElement?.closest('[role="dialog"]');
      if (isOn && isLeft && before instanceof HTMLElement && before.isConnected)
        before.focus({ preventScroll: true });
    },
    [isOn, before],
  );
}
