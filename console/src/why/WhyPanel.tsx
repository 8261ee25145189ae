import { useQuery } from '@tanstack/react-query';
import { lazy, Suspense, useId, useRef, useState } from 'react';
import { ticketQuery } from '../api/queries';
import { useDirectory } from '../api/useDirectory';
import { useCommands } from '../commands/commands';
import { useSession } from '../session/session';
import { Keys } from '../ui/Keys';
import { Loading } from '../ui/State';
import css from './panel.module.css';
import { question } from './question';

const Decisions = lazy(() => import('./Decisions'));

const SHORTCUT = { code: 'KeyW' };

/** Why a ticket is where it is; folded, and without a request, until it is asked for. */
export function WhyPanel({ ticket: id }: { ticket: number }) {
  const ticket = useQuery(ticketQuery(id)).data?.ticket;
  const directory = useDirectory();
  const { agent } = useSession();
  const [isOpen, setOpen] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  const content = useId();
  useCommands([
    {
      id: 'ticket.why',
      title: 'Why me?',
      group: 'Ticket',
      shortcut: SHORTCUT,
      keywords: 'receipt reason turn ring pool rules',
      run: () => {
        setOpen(!isOpen);
        button.current?.focus();
      },
    },
  ]);

  return (
    <section className={css.panel} aria-labelledby={`${content}-title`}>
      <h2 className={css.heading}>
        <button
          ref={button}
          id={`${content}-title`}
          type="button"
          className={css.toggle}
          aria-expanded={isOpen}
          aria-controls={content}
          onClick={() => setOpen(!isOpen)}
        >
          {ticket ? question(ticket, agent.id, directory) : 'Why here?'}
          <span aria-hidden="true">
            <Keys of={SHORTCUT} />
          </span>
        </button>
      </h2>
      <div id={content} hidden={!isOpen}>
        {isOpen && ticket && (
          <Suspense fallback={<Loading lines={3} />}>
            <Decisions id={id} sequence={ticket.sequence} />
          </Suspense>
        )}
      </div>
    </section>
  );
}

export default WhyPanel;
