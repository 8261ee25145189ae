import { Modal, Stack } from '@mantine/core';
import type { FormEvent, ReactNode } from 'react';
import { useFocusBack } from './useFocusBack';

interface Props {
  title: string;
  onClose: () => void;
  /** Whether the focus goes back to where it was; else who closes it sees to that. */
  returnFocus?: boolean;
  onSubmit: (event: FormEvent<HTMLFormElement>) => void;
  children: ReactNode;
}

/** A dialog of a few fields. */
export function FormDialog({ title, onClose, returnFocus = true, onSubmit, children }: Props) {
  useFocusBack(returnFocus);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    onSubmit(event);
  };
  return (
    <Modal opened {...{ onClose, title }} returnFocus={false} size="sm">
      <form onSubmit={submit}>
        <Stack gap="md">{children}</Stack>
      </form>
    </Modal>
  );
}
