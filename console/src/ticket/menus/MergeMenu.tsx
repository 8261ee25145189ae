import { useQuery } from '@tanstack/react-query';
import { ticketQuery } from '../../api/queries';
import type { Ticket } from '../../api/types';
import { found, type Option } from '../../ui/options';
import { Picker } from '../../ui/Picker';
import { inFull } from '../../ui/time';
import { useTicketCommand } from '../useTicketCommand';
import { closeMenu, type OpenMenu, titleOf } from './menus';

/** With which of the customer's open tickets, and which of the two goes on; any other by its number. */
export function MergeMenu({ tickets, give }: OpenMenu) {
  const [ticket] = tickets as [Ticket];
  const run = useTicketCommand();
  const { data } = useQuery(ticketQuery(ticket.id));
  const others = data?.others.open ?? [];

  const options = (text: string) => {
    const typed = Number(/^\s*#?(\d{1,15})\s*$/.exec(text)?.[1]);
    const named = typed && typed !== ticket.id && others.every(({ id }) => id !== typed) ? [typed] : [];
    return [
      ...found(
        others.map((other) => option('into', other)),
        text,
      ),
      ...named.map((id): Option => ({ id: `into:${id}`, title: `#${id}`, group: 'Merge this into' })),
      ...found(
        others.map((other) => option('from', other)),
        text,
      ),
      ...named.map((id): Option => ({ id: `from:${id}`, title: `#${id}`, group: 'Merge into this' })),
    ];
  };
  const pick = ({ id }: Option) => {
    closeMenu();
    const [way, number] = id.split(':');
    if (way === 'into') give('merge', { into: Number(number) });
    else void run(Number(number), 'merge', { into: ticket.id });
  };
  return (
    <Picker
      title={`Merge ${titleOf(tickets)}`}
      placeholder="Another ticket of the customer, or a number"
      options={options}
      onPick={pick}
      onClose={closeMenu}
      nothing="The customer has no other open ticket. Type the number of any ticket."
      hint="The merged one closes and links to the one that goes on; it can be taken apart again."
    />
  );
}

function option(way: 'into' | 'from', { id, title, createdAt }: Ticket): Option {
  return {
    id: `${way}:${id}`,
    title: title ? `#${id} ${title}` : `#${id}`,
    detail: inFull(createdAt),
    group: way === 'into' ? 'Merge this into' : 'Merge into this',
  };
}
