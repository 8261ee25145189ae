import { VisuallyHidden } from '@mantine/core';
import { memo, useLayoutEffect, useRef } from 'react';
import { agentName, customerName, labelName, PRIORITIES, STATES } from '../api/names';
import type { Directory } from '../api/queries';
import type { Ticket } from '../api/types';
import { HOME } from '../app/focus';
import { ChannelIcon } from '../ui/ChannelIcon';
import { age, inFull, moment } from '../ui/time';
import css from './inbox.module.css';
import { useIsCurrent } from './place';
import { useIsSelected } from './selection';

interface Props {
  ticket: Ticket;
  index: number;
  start: number;
  rowHeight: number;
  /** Whether it no longer belongs to the list; it stays until one moves on. */
  isOver: boolean;
  directory: Directory;
  /** Whose desk it is. */
  me: number;
  now: number;
}

export const Row = memo(function Row(props: Props) {
  const { ticket, index, start, rowHeight, isOver, me } = props;
  const isCurrent = useIsCurrent(ticket.id);
  const isSelected = useIsSelected(ticket.id);
  const isNew = ticket.state === 'owned' && ticket.agentId === me && !ticket.touched;
  const row = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    const { activeElement } = document;
    const isAround = activeElement?.hasAttribute(HOME) && activeElement.contains(row.current);
    const isListFocused = isAround || activeElement?.closest('[role="grid"]');
    if (isCurrent && isListFocused) row.current?.focus({ preventScroll: true });
  }, [isCurrent]);

  return (
    // biome-ignore lint/a11y/useSemanticElements: placed one by one in its grid
    <div
      ref={row}
      role="row"
      aria-rowindex={index + 1}
      aria-selected={isSelected}
      tabIndex={isCurrent ? 0 : -1}
      className={css.row}
      data-id={ticket.id}
      data-over={isOver || undefined}
      data-new={(isNew && !isOver) || undefined}
      data-current={isCurrent || undefined}
      style={{ transform: `translateY(${start}px)`, height: rowHeight }}
    >
      <Cells {...props} isSelected={isSelected} isNew={isNew} />
    </div>
  );
});

function Cells(props: Props & { isSelected: boolean; isNew: boolean }) {
  const { ticket, now, isSelected, isNew } = props;
  return (
    <>
      <Cell className={css.box}>
        <input
          type="checkbox"
          tabIndex={-1}
          checked={isSelected}
          readOnly
          aria-label={`Select #${ticket.id}`}
        />
        <ChannelIcon channel={ticket.channel} />
      </Cell>
      <Cell className={css.priority}>
        <Priority of={ticket.priority} />
      </Cell>
      <Cell className={css.who}>
        {isNew && <VisuallyHidden>New, </VisuallyHidden>}
        {customerName(ticket)}
      </Cell>
      <Cell className={css.what}>
        <a href={`/t/${ticket.id}`} tabIndex={-1} className={css.subject}>
          {ticket.title ?? ticket.preview ?? `Ticket ${ticket.id}`}
        </a>
        <Tags {...props} />
        {ticket.title && ticket.preview && <span className={css.preview}>{ticket.preview}</span>}
      </Cell>
      <Cell className={css.owner}>{ownerOf(props)}</Cell>
      <Cell className={css.age}>
        <time dateTime={ticket.createdAt} title={inFull(ticket.createdAt)}>
          {age(ticket.createdAt, now)}
        </time>
      </Cell>
    </>
  );
}

function Cell({ className, children }: { className: string | undefined; children: React.ReactNode }) {
  return (
    // biome-ignore lint/a11y/useSemanticElements lint/a11y/useFocusableInteractive: the row has the focus
    <div role="gridcell" className={className}>
      {children}
    </div>
  );
}

/** How many labels a row has room for. */
const LABELS = 3;

function Tags({ ticket, directory, isOver, now }: Props) {
  const { labelIds, state, snoozedUntil } = ticket;
  return (
    <>
      {state === 'closed' && !isOver && <span className={css.state}>{STATES.closed}</span>}
      {state === 'snoozed' && !isOver && (
        <span className={css.state}>Snoozed{snoozedUntil && ` until ${moment(snoozedUntil, now)}`}</span>
      )}
      {labelIds.slice(0, LABELS).map((id) => (
        <span key={id} className={css.label}>
          {labelName(directory, id)}
        </span>
      ))}
      {labelIds.length > LABELS && <span className={css.label}>+{labelIds.length - LABELS}</span>}
    </>
  );
}

function ownerOf({ ticket, directory, isOver, me }: Props): string {
  const { agentId, state } = ticket;
  const name = agentId === null ? '' : agentName(directory, agentId);
  if (isOver) return whatBecame(ticket, agentId === me ? 'you' : name);
  if (state === 'waiting' || state === 'unclaimed') return STATES[state];
  return agentId === me ? 'You' : name;
}

function whatBecame({ state }: Ticket, owner: string): string {
  switch (state) {
    case 'owned':
      return `Taken by ${owner}`;
    case 'closed':
    case 'snoozed':
      return STATES[state];
    default:
      return 'Gone';
  }
}

/** Bars, so many as it is urgent, in a place of their own: a change of it moves nothing. */
function Priority({ of }: { of: Ticket['priority'] }) {
  if (of === 'normal') return null;
  return (
    <svg viewBox="0 0 16 16" role="img" aria-label={PRIORITIES[of]} data-priority={of}>
      <path d="M2 9h3v5H2z" />
      <path d="M6.5 5.5h3V14h-3z" />
      <path d="M11 2h3v12h-3z" />
    </svg>
  );
}
