import type { Decision } from '../api/types';
import { useDirectory } from '../api/useDirectory';
import { inFull, moment } from '../ui/time';
import { useNow } from '../ui/useNow';
import { Bars } from './Bars';
import { pathOf } from './path';
import { RingPicture } from './RingPicture';
import { SeatTable } from './SeatTable';
import css from './why.module.css';
import { sentence } from './words';

/** One decision: in words, as a path, as a picture, and as a table. */
export function DecisionView({ decision }: { decision: Decision }) {
  const directory = useDirectory();
  const now = useNow();
  const { at, considered, policy } = decision;
  const hasPicture = policy !== null && policy !== 'unassigned' && considered > 0;
  return (
    <article className={css.decision}>
      <p className={css.sentence}>
        {sentence(decision, { directory, now })}{' '}
        <time dateTime={at} title={inFull(at)}>
          {moment(at, now)}
        </time>
      </p>
      <ol className={css.path} aria-label="The way to it">
        {pathOf(decision, directory).map(({ title, text, state }) => (
          <li key={title} className={css.step} data-state={state}>
            <span>{title}</span> <b>{text}</b>
          </li>
        ))}
      </ol>
      {hasPicture &&
        (policy === 'balanced' ? <Bars decision={decision} /> : <RingPicture decision={decision} />)}
      {hasPicture && <SeatTable decision={decision} />}
    </article>
  );
}
