import { useElementSize } from '@mantine/hooks';
import { useId } from 'react';
import type { Directory } from '../api/queries';
import type { Decision } from '../api/types';
import { useDirectory } from '../api/useDirectory';
import { useNow } from '../ui/useNow';
import { Glyph } from './Glyph';
import { between, layOut, ROW, SEAT, type Spot, stretch } from './geometry';
import { membersOf } from './members';
import css from './picture.module.css';
import { keyOf, type Place, type Ring, ringOf } from './ring';
import { useWalk } from './useWalk';
import { saidOf, shortOf } from './words';

/** Half of the ring's width at most, in pixels: where there is little room, it is left to the names. */
const WIDEST = { narrow: 44, wide: 120 };
const NARROW = 460;
/** From the edge to the highest and the lowest seat: the room for their labels. */
const MARGIN = ROW + SEAT + 8;

/** How far inside the ring the arrow to the next one goes where the ring is taken, and how far before a seat an arrow ends. */
const INSIDE = 26;
const GAP = 6;

/** The seats of a pool in the order of their ids, and the way from the last one to the chosen one. */
export function RingPicture({ decision }: { decision: Decision }) {
  const directory = useDirectory();
  const now = useNow();
  const { ref, width } = useElementSize();
  const ring = ringOf(decision, membersOf(decision.pool, directory));
  const { places } = ring;
  const plan = layOut(places.length, width < NARROW ? WIDEST.narrow : WIDEST.wide);
  const begin = places.findIndex((place) => place.kind === 'seat' && place.seat.reason === 'chosen');
  const { current, option, onKeyDown } = useWalk(places.length, Math.max(0, begin));
  const said = places.map((place) => saidOf(place, decision, { directory, now }));
  const middle = plan.ry + MARGIN;
  const below = plan.spots.some(({ side }) => side === 'bottom') ? MARGIN : SEAT + 8;

  return (
    <figure className={css.picture}>
      <div ref={ref} className={css.ring} style={{ height: middle + plan.ry + below }}>
        <Lines ring={ring} plan={plan} isOver={begin >= 0} middle={middle} />
        <p className={css.middle} style={{ top: middle }}>
          <b className={css.count}>{decision.considered}</b> {decision.considered === 1 ? 'agent' : 'agents'}
        </p>
        <div role="listbox" aria-label="Seats, in the order of their turns" onKeyDown={onKeyDown}>
          {places.map((place, index) => (
            <Seat
              key={keyOf(place)}
              place={place}
              spot={plan.spots[index] as Spot}
              middle={middle}
              directory={directory}
              option={option(index, said[index])}
            />
          ))}
        </div>
      </div>
      <figcaption className={css.said} aria-hidden="true">
        {said[current]}
      </figcaption>
    </figure>
  );
}

type Plan = ReturnType<typeof layOut>;

interface LinesProps {
  ring: Ring;
  plan: Plan;
  /** Whether somebody was chosen. */
  isOver: boolean;
  middle: number;
}

/** The ring, runs as thick arcs, the way to the chosen one, and on to whose turn is next. */
function Lines({ ring: { places, sweep, next }, plan, isOver, middle }: LinesProps) {
  const tip = useId();
  const at = (index: number) => plan.spots.at(index % places.length)?.angle ?? 0;
  // On the ring itself, unless the way to the chosen one is there.
  const isFree = !sweep || (sweep.to === next?.from && sweep.to !== sweep.from);
  const onward = isFree ? plan : { rx: plan.rx - INSIDE, ry: plan.ry - INSIDE };
  const size = 2 * (plan.ry + SEAT);
  return (
    <svg
      className={css.lines}
      style={{ top: middle }}
      width={size}
      height={size}
      viewBox={`${-size / 2} ${-size / 2} ${size} ${size}`}
      aria-hidden="true"
    >
      <defs>
        <marker
          id={tip}
          viewBox="0 0 8 8"
          refX="6"
          refY="4"
          markerWidth="9"
          markerHeight="9"
          orient="auto"
          markerUnits="userSpaceOnUse"
        >
          <path d="M0 0L8 4L0 8z" />
        </marker>
      </defs>
      <ellipse rx={plan.rx} ry={plan.ry} className={css.track} />
      {places.map(
        (place, index) =>
          place.kind === 'run' && (
            <path
              key={keyOf(place)}
              className={css.run}
              d={stretch(plan, at(index - 1), at(index), at(index + 1))}
            />
          ),
      )}
      {sweep && (
        <path
          className={css.sweep}
          data-over={isOver}
          pathLength={1}
          d={between(plan, at(sweep.from), at(sweep.to), GAP) ?? ''}
          markerEnd={`url(#${tip})`}
        />
      )}
      {next && (
        <path
          className={css.next}
          d={between(onward, at(next.from), at(next.to), GAP) ?? ''}
          markerEnd={`url(#${tip})`}
        />
      )}
    </svg>
  );
}

interface SeatProps {
  place: Place;
  spot: Spot;
  middle: number;
  directory: Directory;
  option: ReturnType<ReturnType<typeof useWalk>['option']>;
}

function Seat({ place, spot, middle, directory, option }: SeatProps) {
  const { name, word } = shortOf(place, directory);
  // Beside the ring a label may be as long as there is room.
  const room =
    spot.side === 'top' || spot.side === 'bottom'
      ? undefined
      : `calc(50cqi - ${Math.round(Math.abs(spot.x)) + SEAT + 8}px)`;
  const isChosen = place.kind === 'seat' && place.seat.reason === 'chosen';
  return (
    <div
      {...option}
      className={css.seat}
      data-side={spot.side}
      data-kind={isChosen ? 'chosen' : place.kind}
      style={{ top: middle + spot.y, left: `calc(50% + ${spot.x}px)` }}
    >
      <span className={css.dot}>
        {place.kind === 'seat' && <Glyph reason={place.seat.reason} />}
        {place.kind === 'run' && place.seats.length}
        {place.kind === 'rest' && `+${place.count}`}
      </span>
      <span className={css.label} style={{ maxWidth: room }}>
        <b className={css.name}>{name}</b>
        <small className={css.word}>{word}</small>
      </span>
    </div>
  );
}
