import { actorName } from '../../api/names';
import type { Directory } from '../../api/queries';
import type { TimelineEntry } from '../../api/types';
import { useDirectory } from '../../api/useDirectory';
import { useIsLive } from '../../live/Live';
import { useSession } from '../../session/session';
import { inFull, moment } from '../../ui/time';
import { namedIn } from '../compose/mentions';
import type { Sending } from '../compose/outbox';
import { Text } from '../context/Text';
import css from './timeline.module.css';

interface Props {
  entry: TimelineEntry;
  customer: string;
  directory: Directory;
  now: number;
}

/** A note or a message. */
export function Said({ entry, customer, directory, now }: Props) {
  const { kind, by, direction, text } = entry;
  const side = kind === 'noted' ? 'note' : direction === 'in' ? 'in' : 'out';
  const at = typeof entry.saidAt === 'string' ? entry.saidAt : entry.at;
  const writer = actorName(directory, by);
  return (
    <li className={css.said} data-side={side}>
      <p className={css.head}>
        <strong>{side === 'in' ? customer : writer}</strong>
        <span>{WHAT[side]}</span>
        {entry.ticketId !== undefined && <span>on #{String(entry.ticketId)}</span>}
        {side === 'in' && by.kind === 'agent' && <span>recorded by {writer}</span>}
        <time dateTime={at} title={inFull(at)}>
          {moment(at, now)}
        </time>
      </p>
      {side === 'note' ? <Note text={String(text)} directory={directory} /> : <Text of={String(text)} />}
    </li>
  );
}

const WHAT = { note: 'noted', in: 'wrote', out: 'answered' };

/** A note's text; whom it mentions stands out, oneself more. */
function Note({ text, directory }: { text: string; directory: Directory }) {
  const me = useSession().agent.id;
  const mentioned = namedIn(text, [...directory.agents.values()]).filter(({ agentId }) => agentId !== null);
  return (
    <>
      <Text of={text} />
      {mentioned.length > 0 && (
        <p className={css.mentions}>
          {mentioned.map(({ text: name, agentId }) => (
            <span key={agentId} data-me={agentId === me || undefined}>
              {name}
            </span>
          ))}
        </p>
      )}
    </>
  );
}

/** Something said that the server has not yet answered; it stands as it will. */
export function OnItsWay({ said, customer }: { said: Sending; customer: string }) {
  const { agent } = useSession();
  const directory = useDirectory();
  const isLive = useIsLive();
  const side = said.command === 'notes' ? 'note' : said.body.direction;
  const state = isLive === false ? 'is sent once the server is back' : 'sending';
  return (
    <li className={css.said} data-side={side} data-on-its-way={said.entry === null || undefined}>
      <p className={css.head}>
        <strong>{side === 'in' ? customer : agent.name}</strong>
        <span>{WHAT[side]}</span>
        <span role="status">{said.entry === null && state}</span>
        {said.entry !== null && <time dateTime={said.at}>{moment(said.at, Date.parse(said.at))}</time>}
      </p>
      {side === 'note' ? <Note text={said.body.text} directory={directory} /> : <Text of={said.body.text} />}
    </li>
  );
}
