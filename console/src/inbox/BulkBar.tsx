import { registry, useCommandsOf } from '../commands/commands';
import { isPossible } from '../commands/registry';
import { Keys } from '../ui/Keys';
import { useStore } from '../ui/store';
import css from './inbox.module.css';
import { selection } from './selection';

/** What is offered for many tickets, in this order. */
const COMMANDS = [
  'ticket.close',
  'ticket.claim',
  'ticket.assign',
  'ticket.labels',
  'ticket.priority',
  'ticket.stage',
  'ticket.snooze',
  'list.selectNone',
];

/** What can be done with the tickets that are chosen. */
export function BulkBar() {
  const count = useStore(selection, ({ ids }) => ids.size);
  const commands = useCommandsOf(COMMANDS).filter(isPossible);
  if (count === 0) return null;
  return (
    <div role="toolbar" aria-label="Selected tickets" className={css.bulk}>
      <span role="status" className={css.bulkCount}>
        {count} selected
      </span>
      {commands.map(({ id, title, shortcut }) => (
        <button key={id} type="button" className={css.bulkAction} onClick={() => registry.run(id)}>
          {id === 'list.selectNone' ? 'Clear' : title}
          {shortcut && <Keys of={shortcut} />}
        </button>
      ))}
    </div>
  );
}
