import type { Availability } from '../api/types';
import { moment } from '../ui/time';

/** `Available`, `Away`, `Away, lunch, until 13:00`. */
export function inWords({ status, reason, until }: Availability, now: number): string {
  if (status === 'online') return 'Available';
  return ['Away', reason, until && `until ${moment(until, now)}`].filter(Boolean).join(', ');
}
