import { Button, Modal } from '@mantine/core';
import { queryOptions, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { api, told } from '../api/client';
import { Problem, reasonOf } from '../api/problem';
import type { SessionItem } from '../api/types';
import { Loading, State } from '../ui/State';
import { inFull, moment } from '../ui/time';
import { useFocusBack } from '../ui/useFocusBack';
import { useNow } from '../ui/useNow';
import { nameOfBrowser } from './browser';
import css from './session.module.css';

const sessionsQuery = queryOptions({
  queryKey: ['sessions'],
  queryFn: async ({ signal }): Promise<SessionItem[]> =>
    (await told(api.GET('/v1/sessions', { signal }))).items,
  staleTime: 0,
});

/** Where one is signed in, and signing out there. */
export default function SessionsDialog({ onClose }: { onClose: () => void }) {
  const { data, error, refetch } = useQuery(sessionsQuery);
  useFocusBack();
  return (
    <Modal opened onClose={onClose} title="Where you are signed in">
      {data ? (
        <Sessions sessions={data} />
      ) : error ? (
        <State title="This could not be loaded" action={<Button onClick={() => refetch()}>Try again</Button>}>
          {reasonOf(error)}
        </State>
      ) : (
        <Loading lines={4} />
      )}
    </Modal>
  );
}

/** One that has ended meanwhile is ended too. */
async function end(id: string) {
  try {
    await told(api.DELETE('/v1/sessions/{id}', { params: { path: { id } } }));
  } catch (error) {
    if (!(error instanceof Problem) || error.status !== 404) throw error;
  }
}

function Sessions({ sessions }: { sessions: SessionItem[] }) {
  const client = useQueryClient();
  const others = sessions.filter(({ current }) => !current);
  const ending = useMutation({
    mutationFn: (ids: string[]) => Promise.all(ids.map(end)),
    onSettled: () => client.invalidateQueries({ queryKey: sessionsQuery.queryKey }),
  });
  return (
    <>
      <ul className={css.sessions}>
        {sessions.map((session) => (
          <li key={session.id}>
            <Where session={session} />
            {!session.current && (
              <Button
                variant="default"
                size="xs"
                aria-label={`Sign out of ${nameOfBrowser(session.browser)}`}
                loading={ending.isPending && ending.variables.includes(session.id)}
                onClick={() => ending.mutate([session.id])}
              >
                Sign out
              </Button>
            )}
          </li>
        ))}
      </ul>
      <p role="status" className={css.ended}>
        {ending.isSuccess && 'Signed out there.'}
        {ending.isError && reasonOf(ending.error)}
      </p>
      {others.length > 1 && (
        <Button variant="default" fullWidth onClick={() => ending.mutate(others.map(({ id }) => id))}>
          Sign out everywhere else
        </Button>
      )}
      {others.length === 0 && <p className={css.hint}>You are signed in nowhere else.</p>}
    </>
  );
}

function Where({ session: { browser, createdAt, lastSeenAt, current } }: { session: SessionItem }) {
  const now = useNow();
  return (
    <div>
      <div title={browser}>{nameOfBrowser(browser)}</div>
      <div className={css.faint}>
        {current ? 'This browser' : `Last used ${moment(lastSeenAt, now)}`}, since{' '}
        <time dateTime={createdAt}>{inFull(createdAt)}</time>
      </div>
    </div>
  );
}
