import { Keys } from '../ui/Keys';
import type { Option } from '../ui/options';
import { Picker } from '../ui/Picker';
import { useCommandList } from './commands';
import css from './commands.module.css';
import type { Command } from './registry';
import { found } from './search';

/** The palette: every command that can be done now, by typing the beginning of its words. */
export function Palette({ onClose }: { onClose: () => void }) {
  const all = useCommandList().filter(({ id }) => id !== 'desk.palette');
  const run = ({ id }: Option) => {
    onClose();
    // The dialog gives the focus back first, so that what the command focuses stays focused.
    requestAnimationFrame(() => all.find((command) => command.id === id)?.run());
  };
  return (
    <Picker
      title="Commands"
      placeholder="Find a command"
      size={560}
      returnFocus
      options={(text) => found(all, text).map(optionOf)}
      onPick={run}
      onClose={onClose}
      nothing="Nothing that can be done now is called that."
    />
  );
}

function optionOf({ id, title, group, shortcut }: Command): Option {
  return {
    id,
    title,
    detail: (
      <span className={css.detail}>
        {group}
        <span>{shortcut && <Keys of={shortcut} />}</span>
      </span>
    ),
  };
}
