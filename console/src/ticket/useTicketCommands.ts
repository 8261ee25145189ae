import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import type { Ticket } from '../api/types';
import { useDirectory } from '../api/useDirectory';
import { useCommands } from '../commands/commands';
import { neighbours } from '../inbox/neighbours';
import { moveTo, place } from '../inbox/place';
import { useSession } from '../session/session';
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
} from './catalogue';
import { write } from './compose/wanted';
import { mayHandle } from './may';
import { type Give, type MenuName, openMenu } from './menus/menus';
import { useTicketCommand } from './useTicketCommand';

/** What can be done on a ticket's page. */
export function useTicketCommands(ticket: Ticket) {
  useMoves(ticket.id);
  useStates(ticket);
  useMenus(ticket);
  useWords(ticket.id);
}

/** Whether one may do with this ticket what moves it. */
export function useMayHandle(ticket: Ticket): boolean {
  const { agent } = useSession();
  const { teams } = useDirectory();
  return mayHandle(ticket, { agentId: agent.id, role: agent.role, teams });
}

/** Going on from a ticket, also from one that can not be shown. */
export function useMoves(id: number) {
  const client = useQueryClient();
  const { back, open } = useWays(id);
  useCommands([
    {
      id: 'ticket.back',
      title: 'Back to the list',
      group: 'Ticket',
      shortcut: { code: 'Escape' },
      run: back,
    },
    {
      id: 'list.next',
      title: 'Next ticket',
      group: 'List',
      shortcut: { code: 'KeyJ' },
      when: () => neighbours(client, id).next !== undefined,
      run: () => open(neighbours(client, id).next),
    },
    {
      id: 'list.previous',
      title: 'Previous ticket',
      group: 'List',
      shortcut: { code: 'KeyK' },
      when: () => neighbours(client, id).previous !== undefined,
      run: () => open(neighbours(client, id).previous),
    },
  ]);
}

function useStates(ticket: Ticket) {
  const { id } = ticket;
  const run = useTicketCommand();
  const may = useMayHandle(ticket);
  const { onward } = useWays(id);
  const close = () => {
    onward();
    void run(id, 'close', guardOf([ticket]));
  };
  useCommands([
    ticketCommand('close', { when: () => may && isOpen(ticket), run: close }),
    ticketCommand('reopen', { when: () => may && isDone(ticket), run: () => void run(id, 'reopen', {}) }),
    ticketCommand('wake', { when: () => may && isSnoozed(ticket), run: () => void run(id, 'wake', {}) }),
    ticketCommand('unmerge', { when: () => may && isMerged(ticket), run: () => void run(id, 'unmerge', {}) }),
    ticketCommand('claim', { when: () => isFree(ticket), run: () => void run(id, 'claim', {}) }),
  ]);
}

function useMenus(ticket: Ticket) {
  const { id } = ticket;
  const run = useTicketCommand();
  const me = useSession().agent.id;
  const may = useMayHandle(ticket);
  const { onward, open } = useWays(id);
  const give: Give = (command, body) => {
    const { agentId, into } = body as { agentId?: number | null; into?: number };
    // What takes the ticket off one's hands opens the next; a merged one goes on as the other.
    const isAway = command === 'snooze' || command === 'pass' || (command === 'assign' && agentId !== me);
    if (isAway) onward();
    void run(id, command, body).then((done) => into && done && open({ id: into }));
  };
  const opens = (menu: MenuName, may: boolean) => ({
    when: () => may,
    run: () => openMenu(menu, [ticket], give),
  });
  const again = isSnoozed(ticket) && { title: 'Snooze until another time' };
  useCommands([
    ticketCommand('snooze', { ...opens('snooze', may && isOpen(ticket)), ...again }),
    ticketCommand('assign', opens('assign', may && isOpen(ticket))),
    ticketCommand('labels', opens('labels', true)),
    ticketCommand('priority', opens('priority', may)),
    ticketCommand('stage', opens('stage', may && isAwake(ticket))),
    ticketCommand('pass', opens('pass', may && isOwned(ticket))),
    ticketCommand('merge', opens('merge', may && isOpen(ticket))),
  ]);
}

function useWords(id: number) {
  const me = useSession().agent.id;
  useCommands([
    {
      id: 'ticket.note',
      title: 'Write a note',
      group: 'Ticket',
      shortcut: { code: 'KeyN' },
      keywords: 'comment mention',
      run: () => write(me, id, 'note'),
    },
    {
      id: 'ticket.reply',
      title: 'Answer',
      group: 'Ticket',
      shortcut: { code: 'KeyR' },
      keywords: 'reply whatsapp mail message',
      run: () => write(me, id, 'out'),
    },
    {
      id: 'ticket.message',
      title: 'Record a message from the customer',
      group: 'Ticket',
      run: () => write(me, id, 'in'),
    },
  ]);
}

/** Where one goes from a ticket; `onward` to the next of the list, or back to it after the last. */
export function useWays(id: number) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const { history } = useRouter();
  const back = () => history.push(place.get().href);
  const open = (ticket: Pick<Ticket, 'id'> | undefined) => {
    if (!ticket) return back();
    moveTo(ticket.id);
    void navigate({ to: '/t/$id', params: { id: ticket.id }, replace: true });
  };
  return { back, open, onward: () => open(neighbours(client, id).next) };
}
