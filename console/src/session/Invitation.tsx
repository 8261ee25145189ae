import { Button, PasswordInput, Stack } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, Link, useNavigate } from '@tanstack/react-router';
import { type FormEvent, useRef, useState } from 'react';
import { Problem, reasonOf } from '../api/problem';
import { useTitle } from '../app/title';
import { accept } from './session';
import css from './session.module.css';

const route = getRouteApi('/s/$storeId/invitation');

/** `/s/{storeId}/invitation#{token}`: sets a password. */
export default function Invitation() {
  const { storeId } = route.useParams();
  const [token] = useState(() => window.location.hash.slice(1));
  const [isVoid, setVoid] = useState(token === '');
  useTitle('Choose a password');
  return (
    <main className={css.page}>
      <div className={css.panel}>
        {isVoid ? (
          <Void storeId={storeId} />
        ) : (
          <Choose {...{ storeId, token }} onVoid={() => setVoid(true)} />
        )}
      </div>
    </main>
  );
}

function Choose({ storeId, token, onVoid }: { storeId: string; token: string; onVoid: () => void }) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const input = useRef<HTMLInputElement>(null);
  const [typed, setTyped] = useState('');
  const [state, setState] = useState<{ busy: boolean; wrong: string | null }>({ busy: false, wrong: null });

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (state.busy) return;
    const password = String(new FormData(event.currentTarget).get('password'));
    if (lacking(password) > 0) {
      setState({ busy: false, wrong: `The password has at least ${FEWEST} characters.` });
      return input.current?.focus();
    }
    setState({ busy: true, wrong: null });
    try {
      await accept(client, storeId, token, password);
      await navigate({ to: '/inbox', replace: true });
    } catch (error) {
      if (error instanceof Problem && error.code === 'invitation_void') return onVoid();
      const rule = error instanceof Problem ? error.field('password') : undefined;
      setState({ busy: false, wrong: rule ? `The password ${rule}.` : reasonOf(error) });
      input.current?.focus();
    }
  };

  return (
    <form onSubmit={submit} noValidate>
      <Stack gap="md">
        <h1>Choose a password</h1>
        <PasswordInput
          ref={input}
          label="Password"
          description={adviceOn(typed)}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
          name="password"
          autoComplete="new-password"
          maxLength={400}
          withAsterisk={false}
          autoFocus
          error={state.wrong}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        <Button type="submit" loading={state.busy} fullWidth>
          Set it and sign in
        </Button>
      </Stack>
    </form>
  );
}

/** As the server counts: characters, not bytes, in their compatible form. */
const FEWEST = 10;

function lacking(password: string): number {
  return Math.max(0, FEWEST - [...password.normalize('NFKC')].length);
}

function adviceOn(typed: string): string {
  if (typed === '') return `${FEWEST} characters or more. A few words in a row are good.`;
  const missing = lacking(typed);
  return missing > 0 ? `${missing} more ${missing === 1 ? 'character' : 'characters'}.` : 'Long enough.';
}

function Void({ storeId }: { storeId: string }) {
  return (
    <>
      <h1>This invitation no longer works</h1>
      <p className={css.hint}>
        It works once, for 7 days, until there is a newer one. Ask an admin for another, or{' '}
        <Link to="/s/$storeId" params={{ storeId }}>
          sign in
        </Link>
        .
      </p>
    </>
  );
}
