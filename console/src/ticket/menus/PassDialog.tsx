import { Button, TextInput } from '@mantine/core';
import { useLayoutEffect, useRef, useState } from 'react';
import { FormDialog } from '../../ui/FormDialog';
import { guardOf } from '../catalogue';
import { closeMenu, type OpenMenu, titleOf } from './menus';

/** Why it is passed on. */
export function PassDialog({ tickets, give }: OpenMenu) {
  const [reason, setReason] = useState('');
  const field = useRef<HTMLInputElement>(null);
  // The dialog gives it the focus a moment later, too late for who types on.
  useLayoutEffect(() => field.current?.focus(), []);
  const pass = () => {
    const given = reason.trim();
    if (!given) return;
    closeMenu();
    give('pass', { reason: given, ...guardOf(tickets) });
  };
  return (
    <FormDialog title={`Pass ${titleOf(tickets)} on`} returnFocus={false} onClose={closeMenu} onSubmit={pass}>
      <TextInput
        ref={field}
        label="Why"
        description="It goes to the next in turn who has not passed it on."
        data-autofocus
        required
        withAsterisk={false}
        maxLength={500}
        autoComplete="off"
        placeholder="Not my language"
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
      />
      <Button type="submit">Pass on</Button>
    </FormDialog>
  );
}
