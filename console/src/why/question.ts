import type { Directory } from '../api/queries';
import type { Ticket } from '../api/types';

/** What the panel is called; `me` is who reads. */
export function question({ state, agentId }: Ticket, me: number, { agents }: Directory): string {
  if (state === 'waiting') return 'Why nobody yet?';
  if (agentId === null) return 'Why here?';
  if (agentId === me) return 'Why me?';
  const [first] = (agents.get(agentId)?.name ?? '').split(' ');
  return first ? `Why ${first}?` : 'Why here?';
}
