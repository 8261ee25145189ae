import { useWhileShown } from '../ui/shown';
import { createStore } from '../ui/store';

const title = createStore('');
/** How much waits for one's attention; stands before the title. */
export const badge = createStore(0);

function show() {
  const count = badge.get();
  const name = title.get() ? `${title.get()} · Rota` : 'Rota';
  document.title = count > 0 ? `(${count}) ${name}` : name;
}

title.subscribe(show);
badge.subscribe(show);

/** Names the page that is shown in the browser's tab. */
export function useTitle(name: string) {
  useWhileShown(() => void title.set(name), [name]);
}
