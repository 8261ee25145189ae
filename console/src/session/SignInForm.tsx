import { Button, PasswordInput, Stack, TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useRef, useState } from 'react';
import { Problem, reasonOf } from '../api/problem';
import { useSecondsLeft } from '../ui/useSecondsLeft';
import { signIn } from './session';
import css from './session.module.css';

interface Props {
  storeId: string;
  /** Whose session has ended; nobody else may go on in that page. */
  email?: string;
  onDone: () => void;
}

export function SignInForm({ storeId, email: fixed, onDone }: Props) {
  const client = useQueryClient();
  const password = useRef<HTMLInputElement>(null);
  const [state, setState] = useState<State>(FRESH);
  const secondsLeft = useSecondsLeft(state.waitUntil);

  const submit = async (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (state.busy || secondsLeft > 0) return;
    const form = new FormData(event.currentTarget);
    setState({ ...FRESH, busy: true });
    try {
      await signIn(client, storeId, fixed ?? String(form.get('email')).trim(), String(form.get('password')));
      onDone();
    } catch (error) {
      setState({ ...FRESH, ...why(error) });
      password.current?.select();
    }
  };

  return (
    <form onSubmit={submit}>
      <Stack gap="md">
        <TextInput
          label="Mail address"
          name="email"
          type="email"
          autoComplete="username"
          required
          withAsterisk={false}
          readOnly={fixed !== undefined}
          defaultValue={fixed}
          autoFocus={fixed === undefined}
        />
        <PasswordInput
          ref={password}
          label="Password"
          name="password"
          autoComplete="current-password"
          required
          withAsterisk={false}
          data-autofocus={fixed !== undefined || undefined}
          visibilityToggleButtonProps={{ 'aria-label': 'Show the password' }}
        />
        <p role="alert" className={css.wrong}>
          {state.wrong}
        </p>
        <Button type="submit" loading={state.busy} disabled={secondsLeft > 0} fullWidth>
          {secondsLeft > 0 ? `Try again in ${secondsLeft} s` : 'Sign in'}
        </Button>
        {state.isRefused && fixed === undefined && (
          <p className={css.hint}>
            Sure of both? Then look at this page's address: it names the store <code>{storeId}</code>.
          </p>
        )}
      </Stack>
    </form>
  );
}

interface State {
  busy: boolean;
  wrong: string | null;
  /** Whether the server knows nobody of this store by these words. */
  isRefused: boolean;
  /** Until when it hears no other try. */
  waitUntil: number | null;
}

const FRESH: State = { busy: false, wrong: null, isRefused: false, waitUntil: null };

function why(error: unknown): Partial<State> {
  if (!(error instanceof Problem)) return { wrong: reasonOf(error) };
  switch (error.code) {
    case 'wrong_credentials':
      return { wrong: 'The mail address or the password is wrong.', isRefused: true };
    case 'too_many_attempts':
      return { wrong: 'Too many tries.', waitUntil: Date.now() + 1000 * (error.retryAfter ?? 10) };
    default:
      return { wrong: reasonOf(error) };
  }
}
