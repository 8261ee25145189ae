import css from './picture.module.css';
import type { Reason } from './ring';

/** Each in a square of 16, drawn as lines. */
const PATHS: Record<Reason, string> = {
  chosen: 'M3.5 8.5l3 3 6-7',
  not_their_turn: 'M8 7.9v.2',
  offline: 'M5.2 4.6a4.6 4.6 0 1 0 5.6 0M8 2.8v4.4',
  on_leave: 'M3 6h10v7H3zM6 6V3.5h4V6M3 9h10',
  holiday: 'M4.5 14V2.5h7.5L10 5.2 12 8H4.5',
  outside_hours: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M8 5v3.2l2.2 1.4',
  at_limit: 'M3.5 12.5h9M3.5 9.5h9M3.5 6.5h9M3.5 3.5h9',
  ramp: 'M4.5 2.5h7M4.5 13.5h7M5 2.5c0 4 6 7 6 11M11 2.5c0 4-6 7-6 11',
  more_load: 'M3.5 12.5h9M3.5 9h6M3.5 5.5h9',
  passed_before: 'M6.5 3.5 3 7l3.5 3.500M3 7h6.500a3.3 3.3 0 0 1 0 6.500H8',
  inactive: 'M2.5 3.500h11v3h-11zM3.5 6.500v6h9v-6M6.5 9h3',
  behind_queue: 'M3 8h.2M6.3 8h.2M9.6 8h.2M12 5.5 14.2 8 12 10.5',
  unavailable: 'M8 2.5a5.5 5.5 0 1 1 0 11 5.5 5.5 0 0 1 0-11M5.5 8h5',
};

/** A reason as a sign; the words stand beside it. */
export function Glyph({ reason }: { reason: Reason }) {
  return (
    <svg viewBox="0 0 16 16" className={css.glyph} aria-hidden="true">
      <path d={PATHS[reason]} />
    </svg>
  );
}
