import { Checkbox } from '@mantine/core';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { api, told } from '../api/client';
import { reasonOf } from '../api/problem';
import type { Notifications } from '../api/types';
import css from './preferences.module.css';
import { Section } from './Section';

const mailQuery = queryOptions({
  queryKey: ['notifications'],
  queryFn: ({ signal }) => told(api.GET('/v1/session/notifications', { signal })),
  staleTime: 0,
});

const OCCASIONS: readonly { occasion: keyof Notifications['mail']; title: string }[] = [
  { occasion: 'assigned', title: 'A ticket is assigned to me' },
  { occasion: 'mentioned', title: 'A note mentions me' },
  { occasion: 'waitingTooLong', title: 'A ticket of my teams waits too long' },
];

/** What one is mailed about, wherever one is signed in; nothing where the server sends no mail. */
export function MailChoices() {
  const client = useQueryClient();
  const { data } = useQuery(mailQuery);
  /** What was just chosen, until the server has it. */
  const [chosen, setChosen] = useState<Notifications['mail'] | null>(null);
  const choosing = useMutation({
    mutationFn: (mail: Notifications['mail']) =>
      told(api.PUT('/v1/session/notifications', { body: { mail } })),
    onSuccess: (now) => client.setQueryData(mailQuery.queryKey, now),
    onSettled: () => setChosen(null),
  });
  if (!data?.sent) return null;
  const mail = chosen ?? data.mail;
  const choose = (mail: Notifications['mail']) => {
    setChosen(mail);
    choosing.mutate(mail);
  };
  return (
    <Section title="Mail me when">
      {OCCASIONS.map(({ occasion, title }) => (
        <Checkbox
          key={occasion}
          label={title}
          checked={mail[occasion]}
          onChange={(event) => choose({ ...mail, [occasion]: event.currentTarget.checked })}
        />
      ))}
      <p className={css.hint} role={choosing.error ? 'alert' : undefined}>
        {choosing.error ? reasonOf(choosing.error) : 'This holds wherever you are signed in.'}
      </p>
    </Section>
  );
}
