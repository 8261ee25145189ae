import type { Directory } from '../api/queries';
import type { Decision } from '../api/types';

/** A pool's agents as they are now, in the order of their ids; `null` where its team is not known. */
export function membersOf(pool: Decision['pool'], { agents, teams }: Directory): number[] | null {
  if (pool === null) return null;
  const ids =
    pool.kind === 'team'
      ? teams.get(pool.id ?? 0)?.members
      : [...agents.values()].filter(({ active }) => active).map(({ id }) => id);
  return ids ? ids.toSorted((one, other) => one - other) : null;
}
