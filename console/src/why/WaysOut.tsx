import { useId } from 'react';
import type { Why } from '../api/types';
import { registry, useCommandsOf } from '../commands/commands';
import { isPossible } from '../commands/registry';
import { Keys } from '../ui/Keys';
import { useNow } from '../ui/useNow';
import css from './why.module.css';
import { waysOut } from './words';

const COMMANDS = ['ticket.claim', 'ticket.assign'];

/** What would let somebody take a waiting ticket, and what one may do about it. */
export function WaysOut({ waitsFor }: { waitsFor: NonNullable<Why['waitsFor']> }) {
  const title = useId();
  const now = useNow();
  const commands = useCommandsOf(COMMANDS).filter(isPossible);
  return (
    <section className={css.ways} aria-labelledby={title}>
      <h3 id={title}>The nearest ways out</h3>
      <ul>
        {waysOut(waitsFor, now).map((way) => (
          <li key={way}>{way}</li>
        ))}
      </ul>
      {commands.length > 0 && (
        <p className={css.actions}>
          {commands.map(({ id, title: name, shortcut }) => (
            <button key={id} type="button" onClick={() => registry.run(id)}>
              {name}
              {shortcut && <Keys of={shortcut} />}
            </button>
          ))}
        </p>
      )}
    </section>
  );
}
