import type { ReactNode } from 'react';
import { agentName, CHANNELS, labelName, PRIORITIES, teamName } from '../api/names';
import type { Ticket } from '../api/types';
import { useDirectory } from '../api/useDirectory';
import { registry } from '../commands/commands';
import { inFull } from '../ui/time';
import { standingOf } from './standing';
import css from './ticket.module.css';
import { useMayHandle } from './useTicketCommands';

/** How the ticket stands; what one may change opens its menu. */
export function Facts({ ticket }: { ticket: Ticket }) {
  const directory = useDirectory();
  const may = useMayHandle(ticket);
  const { state, agentId, teamId } = ticket;
  const { title, detail } = standingOf(ticket, directory);
  const agent = agentId === null ? null : agentName(directory, agentId);
  const team = teamId === null ? null : teamName(directory, teamId);
  const mayMove = may && state !== 'closed';
  const names = ticket.labelIds.map((id) => labelName(directory, id));
  return (
    <>
      <dl className={css.list}>
        <Fact
          name="State"
          command={mayMove ? (state === 'snoozed' ? 'ticket.snooze' : 'ticket.stage') : null}
        >
          {detail ? `${title} ${detail}` : title}
        </Fact>
        <Fact
          name={state === 'closed' ? 'Agent at last' : 'Agent'}
          command={mayMove ? 'ticket.assign' : null}
        >
          {agent ?? 'Nobody'}
        </Fact>
        {team && (
          <Fact name="Team" command={mayMove ? 'ticket.assign' : null}>
            {team}
          </Fact>
        )}
        <Fact name="Priority" command={may ? 'ticket.priority' : null} priority={ticket.priority}>
          {PRIORITIES[ticket.priority]}
        </Fact>
        <Fact name="Labels" command="ticket.labels">
          {names.length === 0
            ? 'None'
            : names.map((name) => (
                <span key={name} className={css.label}>
                  {name}
                </span>
              ))}
        </Fact>
        <Fact name="Came by">
          {CHANNELS[ticket.channel]}
          {ticket.brandAddress && <span className={css.through}>{ticket.brandAddress}</span>}
        </Fact>
        <Fact name="Created">{inFull(ticket.createdAt)}</Fact>
        {ticket.closedAt && <Fact name="Closed">{inFull(ticket.closedAt)}</Fact>}
      </dl>
      {!may && (
        <p className={css.barred}>
          {agent ? `This is ${agent}'s ticket.` : 'This is another team’s ticket.'} You can label it, note,
          and record what is said.
        </p>
      )}
    </>
  );
}

interface FactProps {
  name: string;
  /** The command that changes it; none where it can not be changed. */
  command?: string | null;
  priority?: Ticket['priority'];
  children: ReactNode;
}

function Fact({ name, command = null, priority, children }: FactProps) {
  return (
    <div className={css.fact} data-priority={priority}>
      <dt>{name}</dt>
      <dd>
        {command ? (
          <button type="button" className={css.change} onClick={() => registry.run(command)}>
            {children}
          </button>
        ) : (
          children
        )}
      </dd>
    </div>
  );
}
