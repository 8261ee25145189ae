import type { Decision } from '../api/types';
import { useDirectory } from '../api/useDirectory';
import { moment } from '../ui/time';
import { useNow } from '../ui/useNow';
import { membersOf } from './members';
import { type Reason, ringOf } from './ring';
import css from './why.module.css';
import { SHORT, turns } from './words';

/** What the picture says, as a table. */
export function SeatTable({ decision }: { decision: Decision }) {
  const directory = useDirectory();
  const now = useNow();
  const { seats, others, pool } = decision;
  const { places } = ringOf(decision, membersOf(pool, directory));
  return (
    <details className={css.fold}>
      <summary>As a table</summary>
      <table className={css.table}>
        <caption>{turns(decision, places, directory)}</caption>
        <thead>
          <tr>
            <th scope="col">Agent</th>
            <th scope="col">What</th>
            <th scope="col">Open</th>
            <th scope="col">Until</th>
          </tr>
        </thead>
        <tbody>
          {seats.map(({ agentId, name, reason, open, limit, until }) => (
            <tr key={agentId} data-kind={reason}>
              <th scope="row">{name}</th>
              <td>{SHORT[reason]}</td>
              <td>{open === null ? '' : limit === null ? open : `${open} of ${limit}`}</td>
              <td>{until === null ? '' : moment(until, now)}</td>
            </tr>
          ))}
          {Object.entries(others).map(([reason, count]) => (
            <tr key={reason}>
              <th scope="row">{count} more</th>
              <td>{SHORT[reason as Reason]}</td>
              <td />
              <td />
            </tr>
          ))}
        </tbody>
      </table>
    </details>
  );
}
