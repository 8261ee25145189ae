import '../ui/choices.css';
import { Button, Checkbox, Radio, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FormDialog } from '../ui/FormDialog';
import { inFull } from '../ui/time';
import { untouchedQuery, useAvailability } from './availability';
import css from './availability.module.css';
import { ENDS, type End, momentOf } from './ends';
import { useSetAvailability } from './useAvailabilityCommands';

/** Going away with a reason and an end; it stays open, as it was filled in, where that was not set. */
export default function AwayDialog({ onClose }: { onClose: () => void }) {
  const set = useSetAvailability();
  const was = useAvailability();
  const [reason, setReason] = useState(was?.reason ?? '');
  const [end, setEnd] = useState<End>('open');
  const [time, setTime] = useState('');
  const [giveOn, setGiveOn] = useState(false);
  const [isBusy, setBusy] = useState(false);
  const until = end === 'time' && time === '' ? null : momentOf(end, new Date(), time);

  const submit = async () => {
    setBusy(true);
    const why = reason.trim();
    const away = { ...(why && { reason: why }), ...(until && { until: until.toISOString() }) };
    if (await set({ status: 'away', ...away }, giveOn)) onClose();
    else setBusy(false);
  };

  return (
    <FormDialog title="Go away" {...{ onClose }} onSubmit={submit}>
      <TextInput
        label="Reason"
        description="Your team sees it. Leave it empty if you like."
        maxLength={120}
        value={reason}
        onChange={(event) => setReason(event.currentTarget.value)}
        data-autofocus
      />
      <Radio.Group label="Back" value={end} onChange={setEnd as (end: string) => void}>
        <div className={css.ends}>
          {ENDS.map((choice) => (
            <Radio key={choice.end} value={choice.end} label={choice.title} />
          ))}
        </div>
      </Radio.Group>
      {end === 'time' && (
        <TextInput
          type="time"
          label="Time"
          required
          withAsterisk={false}
          value={time}
          onChange={(event) => setTime(event.currentTarget.value)}
          description={until && inFull(until.toISOString())}
        />
      )}
      <GiveOn checked={giveOn} onChange={setGiveOn} />
      <Button type="submit" loading={isBusy} fullWidth>
        Go away
      </Button>
    </FormDialog>
  );
}

function GiveOn({ checked, onChange }: { checked: boolean; onChange: (checked: boolean) => void }) {
  const untouched = useQuery(untouchedQuery).data;
  if (untouched?.count === 0 && !untouched.more) return null;
  const { count = 0, more = false } = untouched ?? {};
  const number = untouched ? `${count}${more ? ' or more' : ''} ` : '';
  return (
    <Checkbox
      label={`Give my ${number}untouched ${count === 1 && !more ? 'ticket' : 'tickets'} to others`}
      description="Those without a note, a message, or a change of yours."
      checked={checked}
      onChange={(event) => onChange(event.currentTarget.checked)}
    />
  );
}
