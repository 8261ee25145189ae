import { Menu } from '@mantine/core';
import type { ReactNode } from 'react';
import { registry, useCommandsOf } from '../commands/commands';
import { type Command, isPossible } from '../commands/registry';
import { keysOf } from '../commands/shortcut';
import { Keys } from '../ui/Keys';
import css from './ticket.module.css';

/** What stands in the bar, where it can be done; the rest is in the menu at its end. */
const FIRST = [
  'ticket.claim',
  'ticket.close',
  'ticket.reopen',
  'ticket.wake',
  'ticket.unmerge',
  'ticket.snooze',
  'ticket.assign',
];
const REST = [
  'ticket.labels',
  'ticket.priority',
  'ticket.stage',
  'ticket.merge',
  'ticket.pass',
  'ticket.note',
  'ticket.reply',
  'ticket.message',
];

/** The ticket's commands, as buttons. They are those of the registry: what can not be done is not there. */
export function Actions({ children }: { children: ReactNode }) {
  const first = useCommandsOf(FIRST).filter(isPossible);
  const rest = useCommandsOf(REST).filter(isPossible);
  return (
    <div className={css.bar}>
      <div role="toolbar" aria-label="Ticket" className={css.tools}>
        <button
          type="button"
          className={css.back}
          title="Back to the list (Esc)"
          aria-label="Back to the list"
          onClick={() => registry.run('ticket.back')}
        >
          <svg viewBox="0 0 16 16" aria-hidden="true">
            <path d="M10 3L5 8l5 5" />
          </svg>
        </button>
        <div className={css.actions}>
          {first.map((command) => (
            <button
              key={command.id}
              type="button"
              className={css.action}
              data-first={command.id === 'ticket.claim' || undefined}
              title={titleOf(command)}
              onClick={() => registry.run(command.id)}
            >
              {command.title}
            </button>
          ))}
          <Menu position="bottom-end" width={240} returnFocus>
            <Menu.Target>
              <button type="button" className={css.action} aria-label="More">
                …
              </button>
            </Menu.Target>
            <Menu.Dropdown>
              {rest.map(({ id, title, shortcut }) => (
                <Menu.Item
                  key={id}
                  // The menu gives the focus back first, so that what the command focuses stays focused.
                  onClick={() => requestAnimationFrame(() => registry.run(id))}
                  rightSection={shortcut && <Keys of={shortcut} />}
                >
                  {title}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </div>
      </div>
      {children}
    </div>
  );
}

function titleOf({ title, shortcut }: Command): string {
  return shortcut ? `${title} (${keysOf(shortcut).join(' ')})` : title;
}
