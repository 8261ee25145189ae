import { Button } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { loadTicket } from '../api/cache';
import { reasonOf } from '../api/problem';
import { Loading, State } from '../ui/State';

/** What of a ticket is not there yet: being loaded, or why it is not. */
export function Rest({ id, error }: { id: number; error: Error | null }) {
  const client = useQueryClient();
  if (!error) return <Loading lines={3} />;
  return (
    <State
      title="The rest of this ticket could not be loaded"
      action={<Button onClick={() => void loadTicket(client, id)}>Try again</Button>}
    >
      {reasonOf(error)}
    </State>
  );
}
