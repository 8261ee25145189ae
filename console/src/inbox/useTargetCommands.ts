import { useQueryClient } from '@tanstack/react-query';
import type { CommandBody, CommandName, Ticket } from '../api/types';
import { useCommands } from '../commands/commands';
import type { Command } from '../commands/registry';
import {
  guardOf,
  isAwake,
  isDone,
  isFree,
  isMerged,
  isOpen,
  isOwned,
  isSnoozed,
  ticketCommand,
} from '../ticket/catalogue';
import { type MenuName, openMenu } from '../ticket/menus/menus';
import { useTicketsCommand } from '../ticket/useTicketCommand';
import { deselect, isSelected } from './selection';
import { targets } from './targets';
import type { Walk } from './useListCommands';

/** What is done with the tickets that are chosen, else with the one that the keys are on. */
export function useTargetCommands({ go, current }: Pick<Walk, 'go' | 'current'>) {
  const client = useQueryClient();
  const run = useTicketsCommand();
  /** Of one ticket one goes on to the next where `goesOn` says so; of many the refused ones stay chosen. */
  const give = async <C extends CommandName>(
    on: readonly Ticket[],
    command: C,
    body: CommandBody<C>,
    goesOn = false,
  ) => {
    const wereChosen = on.some(({ id }) => isSelected(id));
    if (goesOn && !wereChosen) go(current() + 1);
    const refused = await run(
      on.map(({ id }) => id),
      command,
      body,
    );
    if (wereChosen) deselect(on.map(({ id }) => id).filter((id) => !refused.includes(id)));
  };

  const onTickets = (
    name: Parameters<typeof ticketCommand>[0],
    is: (ticket: Ticket) => boolean,
    does: (on: Ticket[]) => void,
    most = Number.POSITIVE_INFINITY,
  ): Command =>
    ticketCommand(name, {
      when: () => {
        const count = targets(client).filter(is).length;
        return count > 0 && count <= most;
      },
      run: () => does(targets(client).filter(is)),
    });
  const opens = (name: MenuName) => (on: Ticket[]) =>
    openMenu(name, on, (command, body) => void give(on, command, body, AWAY.includes(command)));

  useCommands([
    onTickets('close', isOpen, (on) => void give(on, 'close', guardOf(on), true)),
    onTickets('claim', isFree, (on) => void give(on, 'claim', {}, true)),
    onTickets('reopen', isDone, (on) => void give(on, 'reopen', {})),
    onTickets('wake', isSnoozed, (on) => void give(on, 'wake', {})),
    onTickets('unmerge', isMerged, (on) => void give(on, 'unmerge', {})),
    onTickets('assign', isOpen, opens('assign')),
    onTickets('labels', () => true, opens('labels')),
    onTickets('snooze', isOpen, opens('snooze')),
    onTickets('priority', () => true, opens('priority')),
    onTickets('stage', isAwake, opens('stage')),
    onTickets('pass', isOwned, opens('pass')),
    onTickets('merge', isOpen, opens('merge'), 1),
  ]);
}

/** What takes a ticket off one's hands, so that one goes on to the next. */
const AWAY: CommandName[] = ['snooze', 'assign', 'pass', 'merge'];
