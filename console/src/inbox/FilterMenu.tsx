import { useDirectory } from '../api/useDirectory';
import type { Option } from '../ui/options';
import { Picker } from '../ui/Picker';
import { type Base, type Given, withCondition } from './filter';
import { choicesOf } from './words';

interface Props {
  view: Base;
  given: Given;
  onChange: (given: Given) => void;
  onClose: () => void;
}

/** Adds a condition to the list: by choosing, or by typing how it begins. */
export function FilterMenu({ view, given, onChange, onClose }: Props) {
  const directory = useDirectory();
  const pick = ({ id }: Option) => {
    onClose();
    onChange(withCondition(view, given, JSON.parse(id)));
  };
  const options = (text: string) =>
    choicesOf(directory, text).map(
      ({ condition, group, words }): Option => ({ id: JSON.stringify(condition), title: words, group }),
    );
  return (
    <Picker
      title="Filter"
      placeholder="State, label, agent, 5h, customer"
      returnFocus
      options={options}
      onPick={pick}
      onClose={onClose}
      nothing="No filter begins like that."
    />
  );
}
