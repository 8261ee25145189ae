import { useState } from 'react';
import { useDirectory } from '../../api/useDirectory';
import { found, type Option } from '../../ui/options';
import { Picker } from '../../ui/Picker';
import { changeOf, checkedOf, toggled } from './labels';
import { closeMenu, type OpenMenu, titleOf } from './menus';

/** Which labels: several can be chosen, and they are put on and taken off in one change when it closes. */
export function LabelsMenu({ tickets, give }: OpenMenu) {
  const { labels } = useDirectory();
  const [chosen, setChosen] = useState<ReadonlyMap<number, boolean>>(new Map());
  const on = tickets.map(({ labelIds }) => labelIds);
  const options = [...labels.values()]
    .filter(({ id, active }) => active || on.some((ids) => ids.includes(id)))
    .map(({ id, name }): Option => ({ id: String(id), title: name, checked: checkedOf(id, on, chosen) }));

  const close = () => {
    closeMenu();
    const change = changeOf(on, chosen);
    if (change) give('labels', change);
  };
  return (
    <Picker
      title={`Labels of ${titleOf(tickets)}`}
      placeholder="Find a label"
      multiple
      options={(text) => found(options, text)}
      onPick={({ id }) => setChosen(toggled(Number(id), on, chosen))}
      onClose={close}
      nothing="No label is called that."
      hint="Enter puts on and takes off, Esc is done."
    />
  );
}
