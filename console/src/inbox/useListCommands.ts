import type { Rows } from '../api/pages';
import { useCommands } from '../commands/commands';
import { extend, select, selection, toggle } from './selection';
import { useTargetCommands } from './useTargetCommands';

export interface Walk {
  tickets: Rows;
  /** Moves to a row; out of the list is its end. */
  go: (index: number) => void;
  open: (id: number) => void;
  /** The index of the row that has the keys; -1 where none has. */
  current: () => number;
}

/** What can be done with a list, and with the ticket that the keys are on or those that are chosen. */
export function useListCommands(walk: Walk) {
  const { go, open, current, tickets } = walk;
  const ticket = () => tickets.at(current());
  useChoosing(walk);
  useTargetCommands(walk);
  useCommands([
    {
      id: 'list.next',
      title: 'Next ticket',
      group: 'List',
      shortcut: { code: 'KeyJ' },
      keywords: 'down',
      run: () => go(current() + 1),
    },
    {
      id: 'list.previous',
      title: 'Previous ticket',
      group: 'List',
      shortcut: { code: 'KeyK' },
      keywords: 'up',
      run: () => go(current() - 1),
    },
    {
      id: 'list.top',
      title: 'To the top of the list',
      group: 'List',
      shortcut: { code: 'KeyT' },
      run: () => go(0),
    },
    {
      id: 'list.open',
      title: 'Open the ticket',
      group: 'List',
      shortcut: { code: 'Enter' },
      when: () => ticket() !== undefined,
      run: () => {
        const on = ticket();
        if (on) open(on.id);
      },
    },
  ]);
}

/** Moves by one row and chooses from where one began. */
export function extendTo({ tickets, go, current }: Walk, index: number) {
  const from = tickets.at(current());
  const at = Math.max(0, Math.min(index, tickets.length - 1));
  if (!from) return;
  extend(from.id, (anchor) => tickets.between(tickets.indexOf(anchor), at));
  go(at);
}

function useChoosing(walk: Walk) {
  const { tickets, current } = walk;
  const ticket = () => tickets.at(current());
  const isAny = () => selection.get().ids.size > 0;
  useCommands([
    {
      id: 'list.select',
      title: 'Select the ticket',
      group: 'List',
      shortcut: { code: 'KeyX' },
      keywords: 'choose mark',
      when: () => ticket() !== undefined,
      run: () => {
        const on = ticket();
        if (on) toggle(on.id);
      },
    },
    {
      id: 'list.extendDown',
      title: 'Select down to the next ticket',
      group: 'List',
      shortcut: { code: 'KeyJ', shift: true },
      run: () => extendTo(walk, current() + 1),
    },
    {
      id: 'list.extendUp',
      title: 'Select up to the previous ticket',
      group: 'List',
      shortcut: { code: 'KeyK', shift: true },
      run: () => extendTo(walk, current() - 1),
    },
    {
      id: 'list.selectAll',
      title: 'Select all loaded tickets',
      group: 'List',
      shortcut: { code: 'KeyA', mod: true },
      when: () => tickets.length > 0,
      run: () => select(tickets.between(0, tickets.length - 1)),
    },
    {
      id: 'list.selectNone',
      title: 'Clear the selection',
      group: 'List',
      shortcut: { code: 'Escape' },
      when: isAny,
      run: () => select([]),
    },
  ]);
}
