import type { Viewer } from '../../api/types';
import { useSession } from '../../session/session';
import css from './presence.module.css';

/** Who else has the ticket before them. */
export function Others({ viewing }: { viewing: Viewer[] }) {
  const me = useSession().agent.id;
  const others = viewing.filter(({ id }) => id !== me);
  const writing = others.filter(({ activity }) => activity === 'writing');
  const looking = others.filter(({ activity }) => activity !== 'writing');
  return (
    <p role="status" className={css.others} data-writing={writing.length > 0 || undefined}>
      {[writing.length > 0 && `${names(writing)} writing`, looking.length > 0 && `${names(looking)} viewing`]
        .filter(Boolean)
        .join(', ')}
    </p>
  );
}

function names(viewers: Viewer[]): string {
  const [first, second] = viewers;
  if (viewers.length === 1) return `${first?.name} is`;
  if (viewers.length === 2) return `${first?.name} and ${second?.name} are`;
  return `${first?.name} and ${viewers.length - 1} others are`;
}
