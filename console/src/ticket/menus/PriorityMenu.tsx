import { PRIORITIES } from '../../api/names';
import type { Ticket } from '../../api/types';
import { found, type Option } from '../../ui/options';
import { Picker } from '../../ui/Picker';
import { closeMenu, type OpenMenu, titleOf } from './menus';

export function PriorityMenu({ tickets, give }: OpenMenu) {
  const options = Object.entries(PRIORITIES).map(
    ([id, title]): Option => ({ id, title, checked: tickets.every(({ priority }) => priority === id) }),
  );
  const pick = ({ id, checked }: Option) => {
    closeMenu();
    if (checked !== true) give('priority', { priority: id as Ticket['priority'] });
  };
  return (
    <Picker
      title={`Priority of ${titleOf(tickets)}`}
      placeholder="Find a priority"
      options={(text) => found(options, text)}
      onPick={pick}
      onClose={closeMenu}
      nothing="There are urgent, high, normal and low."
    />
  );
}
