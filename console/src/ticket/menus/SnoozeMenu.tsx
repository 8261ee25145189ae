import { Button, TextInput } from '@mantine/core';
import { type FormEvent, useState } from 'react';
import { FormDialog } from '../../ui/FormDialog';
import { found, type Option } from '../../ui/options';
import { Picker } from '../../ui/Picker';
import { onDay } from '../../ui/time';
import { useNow } from '../../ui/useNow';
import { guardOf } from '../catalogue';
import { closeMenu, type OpenMenu, titleOf } from './menus';
import { choices, timeOf } from './when';

const PICK = 'Pick a date and time';

/** Until when, in the reader's own time zone: natural times, typed ones, or a date and a time. */
export function SnoozeMenu({ tickets, give }: OpenMenu) {
  const now = useNow();
  const [picking, setPicking] = useState(false);
  const until = (at: Date) => {
    closeMenu();
    give('snooze', { until: at.toISOString(), ...guardOf(tickets) });
  };
  if (picking) return <DateAndTime title={`Snooze ${titleOf(tickets)}`} now={now} onPick={until} />;

  const pick = ({ id }: Option) => (id === PICK ? setPicking(true) : until(new Date(id)));
  return (
    <Picker
      title={`Snooze ${titleOf(tickets)}`}
      placeholder="Until: fri 9am, in 3 hours, 25 dec"
      options={(text) => optionsFor(text, new Date(now))}
      onPick={pick}
      onClose={closeMenu}
      nothing="No time in the future is meant by that. Try fri 9am, in 3 hours or 25 dec 14:00."
    />
  );
}

function optionsFor(text: string, now: Date): Option[] {
  const option = (title: string, at: Date): Option => ({
    id: at.toISOString(),
    title,
    detail: onDay(at),
  });
  const offered = [...choices(now).map(({ name, at }) => option(name, at)), { id: PICK, title: PICK }];
  const typed = timeOf(text, now);
  const rest = found(offered, text);
  return typed ? [option(text.trim(), typed), ...rest.filter(({ id }) => id !== typed.toISOString())] : rest;
}

function DateAndTime({ title, now, onPick }: { title: string; now: number; onPick: (at: Date) => void }) {
  const [wrong, setWrong] = useState<string | null>(null);
  const submit = (event: FormEvent<HTMLFormElement>) => {
    const at = new Date(String(new FormData(event.currentTarget).get('until')));
    if (Number.isNaN(at.getTime()) || at.getTime() <= now) setWrong('Choose a time in the future.');
    else onPick(at);
  };
  return (
    <FormDialog title={title} returnFocus={false} onClose={closeMenu} onSubmit={submit}>
      <TextInput
        label="Until"
        name="until"
        type="datetime-local"
        data-autofocus
        required
        withAsterisk={false}
        defaultValue={localOf(choices(new Date(now)).find(({ name }) => name === 'Tomorrow morning')?.at)}
        error={wrong}
      />
      <Button type="submit">Snooze</Button>
    </FormDialog>
  );
}

/** As `datetime-local` has it: without a zone, which is the reader's. */
function localOf(at: Date | undefined): string | undefined {
  if (!at) return undefined;
  const shifted = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}
