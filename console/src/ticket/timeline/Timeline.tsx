import { useQueryClient } from '@tanstack/react-query';
import { memo, useEffect, useState } from 'react';
import { actorName, customerName } from '../../api/names';
import type { Directory, WholeTicket } from '../../api/queries';
import type { TimelineEntry } from '../../api/types';
import { useDirectory } from '../../api/useDirectory';
import { inFull, moment } from '../../ui/time';
import { useNow } from '../../ui/useNow';
import { clear, useSending } from '../compose/outbox';
import { blocksOf, foldedOf, withMerged } from './fold';
import { OnItsWay, Said } from './Said';
import css from './timeline.module.css';
import { ofOther, wordsOf } from './words';

type Props = Pick<WholeTicket, 'ticket' | 'timeline' | 'merged'>;

/** What happened, the oldest first, and what is on its way. */
export const Timeline = memo(function Timeline({ ticket, timeline, merged }: Props) {
  const client = useQueryClient();
  const directory = useDirectory();
  const now = useNow();
  const sending = useSending(ticket.id);
  const last = timeline.at(-1)?.sequence ?? 0;
  useEffect(() => clear(client, ticket.id, last), [client, ticket.id, last]);
  const name = customerName(ticket);

  return (
    <section aria-labelledby="timeline">
      <h2 id="timeline" className={css.heading}>
        Timeline
      </h2>
      <ol className={css.timeline} aria-labelledby="timeline">
        {blocksOf(withMerged(timeline, merged)).map((block) =>
          block.is === 'said' ? (
            <Said
              key={`${ticket.id} ${keyOf(block.entry)}`}
              entry={block.entry}
              customer={name}
              directory={directory}
              now={now}
            />
          ) : (
            <Changes
              key={`${ticket.id} ${keyOf(block.entries[0])}`}
              entries={block.entries}
              directory={directory}
              now={now}
            />
          ),
        )}
        {sending
          .filter(({ entry }) => entry === null || entry > last)
          .map((said) => (
            <OnItsWay key={said.key} said={said} customer={name} />
          ))}
      </ol>
    </section>
  );
});

function keyOf(entry: TimelineEntry | undefined): string {
  return `${entry?.ticketId ?? ''} ${entry?.sequence}-${entry?.kind}`;
}

/** A run of changes; of a long one the middle is folded. */
function Changes({
  entries,
  directory,
  now,
}: {
  entries: TimelineEntry[];
  directory: Directory;
  now: number;
}) {
  const [whole, setWhole] = useState(false);
  const folded = foldedOf(entries);
  const isHidden = (index: number) => !whole && folded > 0 && index > 0 && index <= folded;
  return (
    <li>
      <ul className={css.changes}>
        {entries.map((entry, index) =>
          isHidden(index) ? null : (
            <li key={keyOf(entry)} className={css.change}>
              <span>
                {ofOther(entry)}
                <strong>{actorName(directory, entry.by)}</strong> {wordsOf(entry, directory)}
              </span>
              <time dateTime={entry.at} title={inFull(entry.at)}>
                {moment(entry.at, now)}
              </time>
              {index === 0 && folded > 0 && (
                <button
                  type="button"
                  className={css.fold}
                  aria-expanded={whole}
                  onClick={() => setWhole(!whole)}
                >
                  {whole ? 'Show fewer changes' : `Show ${folded} more changes`}
                </button>
              )}
            </li>
          ),
        )}
      </ul>
    </li>
  );
}
