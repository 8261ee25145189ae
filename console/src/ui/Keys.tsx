import { keysOf, type Shortcut } from '../commands/shortcut';
import css from './ui.module.css';

/** The keys of a shortcut, drawn as keys. */
export function Keys({ of }: { of: Shortcut }) {
  return (
    <span className={css.keys}>
      {keysOf(of).map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </span>
  );
}
