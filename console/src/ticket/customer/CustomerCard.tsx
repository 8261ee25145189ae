import { VisuallyHidden } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { agentName, CHANNELS, customerName } from '../../api/names';
import type { WholeTicket } from '../../api/queries';
import type { Ticket } from '../../api/types';
import { useDirectory } from '../../api/useDirectory';
import { age } from '../../ui/time';
import { useNow } from '../../ui/useNow';
import { standingOf } from '../standing';
import css from './customer.module.css';

interface Props {
  whole: Pick<WholeTicket, 'ticket' | 'customer' | 'others'>;
  /** Merges one into the other; `null` where one may not. */
  onMerge: ((duplicate: Ticket, survivor: Ticket) => void) | null;
}

/** Who it is, with their other open tickets and the earlier ones. */
export function CustomerCard({ whole, onMerge }: Props) {
  const { ticket, customer, others } = whole;
  const { phone, email, tags = [] } = customer;
  return (
    <section aria-labelledby="customer" className={css.customer}>
      <div className={css.who}>
        {ticket.title === null ? (
          <VisuallyHidden component="h2" id="customer">
            Customer
          </VisuallyHidden>
        ) : (
          <h2 id="customer">{customerName(ticket)}</h2>
        )}
        {phone && <a href={`tel:${phone}`}>{phone}</a>}
        {email && <a href={`mailto:${email}`}>{email}</a>}
        {tags.map((tag) => (
          <span key={tag} className={css.tag}>
            {tag}
          </span>
        ))}
      </div>
      {others.open.length > 0 && (
        <Others key={ticket.id} name="Also open" tickets={others.open}>
          {(other) =>
            onMerge &&
            ticket.state !== 'closed' && (
              <span className={css.merge}>
                <button
                  type="button"
                  onClick={() => onMerge(ticket, other)}
                  aria-label={`Merge this into #${other.id}`}
                >
                  Merge this into it
                </button>
                <button
                  type="button"
                  onClick={() => onMerge(other, ticket)}
                  aria-label={`Merge #${other.id} into this`}
                >
                  Merge it into this
                </button>
              </span>
            )
          }
        </Others>
      )}
      {others.earlier.length > 0 && <Earlier key={`earlier ${ticket.id}`} of={others} />}
    </section>
  );
}

function Earlier({ of }: { of: WholeTicket['others'] }) {
  const [isOpen, setOpen] = useState(false);
  return (
    <>
      <button type="button" className={css.toggle} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        {countOf(of)} earlier
      </button>
      {isOpen && <Others name="Earlier" tickets={of.earlier} />}
    </>
  );
}

function countOf({ count, more }: WholeTicket['others']): string {
  return `${count}${more ? '+' : ''} ${count === 1 && !more ? 'ticket' : 'tickets'}`;
}

interface OthersProps {
  name: string;
  tickets: Ticket[];
  children?: (ticket: Ticket) => React.ReactNode;
}

/** How many are shown at first; more than one more are folded, so that the ticket itself stays near. */
const FIRST = 3;

function Others({ name, tickets, children }: OthersProps) {
  const directory = useDirectory();
  const now = useNow();
  const [isWhole, setIsWhole] = useState(false);
  const isLong = tickets.length > FIRST + 1;
  const shown = isLong && !isWhole ? tickets.slice(0, FIRST) : tickets;
  return (
    <ul aria-label={name} className={css.others}>
      <li aria-hidden="true" className={css.caption}>
        {name}
      </li>
      {shown.map((other) => {
        const owner = other.agentId === null ? null : agentName(directory, other.agentId);
        const { title } = standingOf(other, directory);
        return (
          <li key={other.id} className={css.other}>
            <Link to="/t/$id" params={{ id: other.id }}>
              <span className={css.number}>#{other.id}</span>
              <span className={css.subject}>{other.title ?? CHANNELS[other.channel]}</span>
            </Link>
            <span className={css.meta}>
              {[title, owner, age(other.createdAt, now)].filter(Boolean).join(' · ')}
            </span>
            {children?.(other)}
          </li>
        );
      })}
      {isLong && (
        <li>
          <button
            type="button"
            className={css.toggle}
            aria-expanded={isWhole}
            onClick={() => setIsWhole(!isWhole)}
          >
            {isWhole ? 'Fewer' : `${tickets.length - FIRST} more`}
          </button>
        </li>
      )}
    </ul>
  );
}
