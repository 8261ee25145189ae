import { type KeyboardEvent, useRef, useState } from 'react';

/** Arrow keys walk through the options of a list, round and round; one of them can be reached by Tab. */
export function useWalk(count: number, begin: number) {
  const [at, setAt] = useState(begin);
  const current = Math.min(at, count - 1);
  const options = useRef<(HTMLElement | null)[]>([]);
  const onKeyDown = (event: KeyboardEvent) => {
    const to = destination(event.key, current, count);
    if (to === null || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    options.current[to]?.focus();
  };
  const option = (index: number, label: string | undefined) => ({
    ref: (element: HTMLElement | null) => {
      options.current[index] = element;
    },
    role: 'option',
    'aria-label': label,
    tabIndex: index === current ? 0 : -1,
    'aria-selected': index === current,
    onFocus: () => setAt(index),
    onClick: () => options.current[index]?.focus(),
  });
  return { current, onKeyDown, option };
}

export function destination(key: string, at: number, count: number): number | null {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return (at + 1) % count;
    case 'ArrowLeft':
    case 'ArrowUp':
      return (at + count - 1) % count;
    case 'Home':
      return 0;
    case 'End':
      return count - 1;
    default:
      return null;
  }
}
