import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { reasonOf } from '../api/problem';
import { ticketQuery } from '../api/queries';
import { useDirectory } from '../api/useDirectory';
import { onNews } from '../live/Live';
import { Loading } from '../ui/State';
import { DecisionView } from './DecisionView';
import { whyQuery } from './query';
import { WaysOut } from './WaysOut';
import css from './why.module.css';
import { since } from './words';

/** Brings what was unfolded into view: all of it, or its beginning. */
function reveal(element: HTMLElement | null) {
  element?.scrollIntoView({ block: 'nearest' });
}

/** Every decision about a ticket, the newest first, and what it waits for. */
export default function Decisions({ id, sequence }: { id: number; sequence: number }) {
  const { data, error, refetch } = useQuery(whyQuery(id, sequence));
  const entries = useQuery(ticketQuery(id)).data?.timeline ?? [];
  const directory = useDirectory();
  useNewsOfAvailability(id, Boolean(data?.waitsFor));
  if (error && !data) {
    return (
      <p role="alert">
        {reasonOf(error)}{' '}
        <button type="button" className={css.link} onClick={() => void refetch()}>
          Try again
        </button>
      </p>
    );
  }
  const [newest, ...earlier] = data?.decisions ?? [];
  if (!data || !newest) return <Loading lines={3} />;
  const after = data.waitsFor ? null : since(entries, newest.at, directory);
  return (
    <div ref={reveal} className={css.decisions}>
      {after && <p className={css.since}>{after}</p>}
      {data.waitsFor && <WaysOut waitsFor={data.waitsFor} />}
      <DecisionView decision={newest} key={newest.at} />
      {earlier.length > 0 && (
        <details className={css.earlier}>
          <summary>
            {earlier.length === 1 ? '1 earlier decision' : `${earlier.length} earlier decisions`}
          </summary>
          {earlier.map((decision) => (
            <DecisionView decision={decision} key={`${decision.trigger} ${decision.at}`} />
          ))}
        </details>
      )}
    </div>
  );
}

/** What a ticket waits for also changes with who comes and goes. */
function useNewsOfAvailability(id: number, isWaiting: boolean) {
  const client = useQueryClient();
  useEffect(() => {
    if (!isWaiting) return;
    return onNews((news) => {
      if (news.kind === 'event' && news.event.type === 'agent.availability_changed') {
        void client.invalidateQueries({ queryKey: ['why', id] });
      }
    });
  }, [client, id, isWaiting]);
}
