import { Button, Group, Modal } from '@mantine/core';
import { useFocusBack } from '../ui/useFocusBack';
import { useSecondsLeft } from '../ui/useSecondsLeft';
import css from './availability.module.css';
import { useSetAvailability } from './useAvailabilityCommands';

interface Props {
  /** When the server takes one offline; `null` once it has. */
  until: number | null;
  onClose: () => void;
}

/** Anything that is done while it asks is an answer, so that its button has nothing to do. */
export default function StillThere({ until, onClose }: Props) {
  const secondsLeft = useSecondsLeft(until);
  const set = useSetAvailability();
  useFocusBack();
  const back = async () => {
    onClose();
    await set({ status: 'online' });
  };
  if (until === null) {
    return (
      <Modal opened onClose={onClose} title="You are away" size="xs" withCloseButton={false}>
        <p className={css.still}>Nothing was done here for a while, so that you get no new tickets.</p>
        <Group grow>
          <Button variant="default" onClick={onClose}>
            Stay away
          </Button>
          <Button data-autofocus onClick={back}>
            Become available
          </Button>
        </Group>
      </Modal>
    );
  }
  return (
    <Modal opened onClose={() => {}} title="Still there?" size="xs" withCloseButton={false}>
      <p className={css.still}>
        You go away in <span className={css.left}>{secondsLeft} s</span> and get no new tickets. Press a key
        or move to stay.
      </p>
      <Button data-autofocus fullWidth>
        I am here
      </Button>
    </Modal>
  );
}
