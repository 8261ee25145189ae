import type { Decision } from '../api/types';
import { fold, type Place } from './ring';

/** The agents of a balanced pool, and the most tickets that a bar has to have room for. */
export interface Loads {
  places: Place[];
  most: number;
}

/** Who could take it, the fewest open tickets first and in the order of their turns where they have as many; then who could not. */
export function loadsOf({ seats, others, chosen }: Decision): Loads {
  const could = seats.filter(({ reason }) => reason === 'chosen' || reason === 'more_load');
  const not = seats.filter((seat) => !could.includes(seat));
  const byLoad = could.toSorted((one, other) => (one.open ?? 0) - (other.open ?? 0));
  const alike = not.toSorted((one, other) => one.reason.localeCompare(other.reason));
  const alone = () => ({ isLast: false, isNext: false });
  const count = Object.values(others).reduce((sum, more) => sum + more, 0);
  const places: Place[] = [
    ...byLoad.map((seat): Place => ({ kind: 'seat', seat, ...alone() })),
    ...fold(alike, alone),
    ...(count > 0 ? [{ kind: 'rest', count, passed: chosen === null, ...alone() } as const] : []),
  ];
  return { places, most: Math.max(1, ...seats.flatMap(({ open, limit }) => [open ?? 0, limit ?? 0])) };
}
