import type { Decision } from '../api/types';
import { useDirectory } from '../api/useDirectory';
import { useNow } from '../ui/useNow';
import { Glyph } from './Glyph';
import { loadsOf } from './loads';
import css from './picture.module.css';
import { keyOf, type Place } from './ring';
import { useWalk } from './useWalk';
import { SHORT, saidOf, shortOf } from './words';

/** The seats of a balanced pool by their open tickets. */
export function Bars({ decision }: { decision: Decision }) {
  const directory = useDirectory();
  const now = useNow();
  const { places, most } = loadsOf(decision);
  const begin = places.findIndex(isChosen);
  const { current, option, onKeyDown } = useWalk(places.length, Math.max(0, begin));
  const said = places.map((place) => saidOf(place, decision, { directory, now }));
  return (
    <figure className={css.picture}>
      <div
        className={css.bars}
        role="listbox"
        aria-label="Seats, by their open tickets"
        onKeyDown={onKeyDown}
      >
        {places.map((place, index) => {
          const { name, word } = shortOf(place, directory);
          const state = place.kind === 'seat' ? SHORT[place.seat.reason] : word;
          return (
            <div
              {...option(index, said[index])}
              key={keyOf(place)}
              className={css.bar}
              data-kind={isChosen(place) ? 'chosen' : place.kind}
            >
              <span className={css.dot}>
                {place.kind === 'seat' && <Glyph reason={place.seat.reason} />}
                {place.kind === 'run' && place.seats.length}
                {place.kind === 'rest' && `+${place.count}`}
              </span>
              <b className={css.name}>{name}</b>
              {place.kind === 'seat' && place.seat.open !== null && <Bar seat={place.seat} most={most} />}
              <small className={css.word}>{state}</small>
            </div>
          );
        })}
      </div>
      <figcaption className={css.said} aria-hidden="true">
        {said[current]}
      </figcaption>
    </figure>
  );
}

function isChosen(place: Place): boolean {
  return place.kind === 'seat' && place.seat.reason === 'chosen';
}

/** Open tickets as a bar, with a mark at the limit. */
function Bar({
  seat: { open, limit, reason },
  most,
}: {
  seat: { open: number | null; limit: number | null; reason: string };
  most: number;
}) {
  const part = (count: number) => `${(100 * count) / most}%`;
  return (
    <span className={css.load} data-could={reason === 'chosen' || reason === 'more_load'}>
      <svg className={css.gauge} aria-hidden="true">
        {limit !== null && <rect className={css.room} width={part(limit)} height="100%" rx="4" />}
        <rect className={css.open} width={part(open ?? 0)} height="100%" rx="4" />
      </svg>
      <span>{limit === null ? open : `${open} of ${limit}`}</span>
    </span>
  );
}
