import { Button } from '@mantine/core';
import { Link, useRouter } from '@tanstack/react-router';
import { isMissing, Problem, reasonOf } from '../api/problem';
import { Loading, State } from '../ui/State';
import { useTitle } from './title';

export function PagePending() {
  return <Loading />;
}

export function PageMissing() {
  useTitle('Not found');
  return (
    <State title="There is nothing here" isPage action={<Link to="/inbox">To the inbox</Link>}>
      It may be gone, or not for you to see.
    </State>
  );
}

interface Failed {
  error: unknown;
}

export function PageError({ error }: Failed) {
  return isMissing(error) ? <PageMissing /> : <Broken error={error} />;
}

/** In place of the whole desk. */
export function DeskError(props: Failed) {
  return (
    <main>
      <PageError {...props} />
    </main>
  );
}

/** An address that no page has. */
export function NoPage() {
  return (
    <main>
      <PageMissing />
    </main>
  );
}

function Broken({ error }: Failed) {
  const router = useRouter();
  useTitle('Not shown');
  const request = error instanceof Problem ? error.requestId : null;
  return (
    <State
      title="This could not be shown"
      isPage
      action={<Button onClick={() => router.invalidate()}>Try again</Button>}
    >
      {reasonOf(error)}
      {request && ` The server's log has it under ${request}.`}
    </State>
  );
}
