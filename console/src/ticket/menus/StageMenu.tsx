import { useDirectory } from '../../api/useDirectory';
import { found, type Option } from '../../ui/options';
import { Picker } from '../../ui/Picker';
import { closeMenu, type OpenMenu, titleOf } from './menus';

/** To which of the open stages: closing and snoozing are commands of their own. */
export function StageMenu({ tickets, give }: OpenMenu) {
  const { stages } = useDirectory();
  const options = [...stages.values()]
    .filter(({ kind }) => kind === 'open')
    .map(
      ({ id, name }): Option => ({
        id: String(id),
        title: name,
        checked: tickets.every(({ stageId }) => stageId === id),
      }),
    );
  const pick = ({ id, checked }: Option) => {
    closeMenu();
    if (checked !== true) give('stage', { stageId: Number(id) });
  };
  return (
    <Picker
      title={`Stage of ${titleOf(tickets)}`}
      placeholder="Find a stage"
      options={(text) => found(options, text)}
      onPick={pick}
      onClose={closeMenu}
      nothing="No stage is called that."
    />
  );
}
