import type { QueryClient } from '@tanstack/react-query';
import { agentName } from '../api/names';
import { Problem, reasonOf } from '../api/problem';
import { directoryQuery } from '../api/queries';
import type { CommandName } from '../api/types';

/** Why a command was refused, as a sentence for people; of a ticket that is somebody's, with whose it is. */
export function refusalOf(client: QueryClient, command: CommandName, error: unknown): string {
  if (!(error instanceof Problem)) return reasonOf(error);
  if (error.code === 'already_owned') {
    const directory = client.getQueryData(directoryQuery.queryKey);
    const owner = directory ? agentName(directory, Number(error.body.ownerId)) : 'Somebody else';
    return `${owner} has it already.`;
  }
  // What an agent may claim is always in sight, until somebody else has it.
  if (command === 'claim' && error.status === 404) return 'Somebody else has it already.';
  return reasonOf(error);
}
