import { createStore, useStore } from './store';
import css from './ui.module.css';

/** A line at the foot of the page that goes by itself. */
export interface Toast {
  id: number;
  text: string;
  /** `error` stays until it is closed, and is spoken at once. */
  kind: 'done' | 'error';
  action?: { title: string; run: () => void };
}

const toasts = createStore<readonly Toast[]>([]);
let last = 0;

/** Shows a line for `seconds`; @returns what takes it away before. */
export function toast(what: Omit<Toast, 'id'>, seconds = 5): () => void {
  last += 1;
  const id = last;
  const close = () => toasts.set(toasts.get().filter((other) => other.id !== id));
  const done = toasts.get().filter(({ kind }) => kind === 'done');
  const stay = toasts.get().filter((one) => one.kind === 'error' || done.slice(-2).includes(one));
  toasts.set([...stay, { ...what, id }]);
  if (what.kind === 'done') setTimeout(close, seconds * 1000);
  return close;
}

export function Toasts() {
  const shown = useStore(toasts, (all) => all);
  const close = (id: number) => toasts.set(toasts.get().filter((other) => other.id !== id));
  return (
    <section className={css.toasts} aria-label="Messages" aria-live="polite">
      {shown.map(({ id, text, kind, action }) => (
        <div key={id} className={css.toast} data-kind={kind} role={kind === 'error' ? 'alert' : undefined}>
          <span>{text}</span>
          {action && (
            <button
              type="button"
              onClick={() => {
                close(id);
                action.run();
              }}
            >
              {action.title}
            </button>
          )}
          {kind === 'error' && (
            <button type="button" onClick={() => close(id)}>
              Close
            </button>
          )}
        </div>
      ))}
    </section>
  );
}
