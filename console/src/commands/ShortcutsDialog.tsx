import { Modal } from '@mantine/core';
import { usePreference } from '../preferences/preferences';
import { Keys } from '../ui/Keys';
import { useFocusBack } from '../ui/useFocusBack';
import { useCommandList } from './commands';
import css from './commands.module.css';

/** The list under `?`: the shortcuts of the page below it. */
export default function ShortcutsDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const on = usePreference('shortcuts');
  useFocusBack();
  const commands = useCommandList().filter((command) => command.shortcut);
  const groups = new Set(commands.map((command) => command.group));
  return (
    <Modal opened={opened} onClose={onClose} size={560} title="Keyboard shortcuts">
      {!on && <p className={css.off}>Single keys are off in the preferences.</p>}
      <div className={css.groups}>
        {[...groups].map((group) => (
          <section key={group}>
            <h3 className={css.heading}>{group}</h3>
            <dl className={css.shortcuts}>
              {commands.map(
                ({ id, title, shortcut, group: of }) =>
                  of === group && (
                    <div key={id}>
                      <dt>{title}</dt>
                      <dd>{shortcut && <Keys of={shortcut} />}</dd>
                    </div>
                  ),
              )}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
