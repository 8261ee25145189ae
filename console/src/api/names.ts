import type { Directory } from './queries';
import type { Actor, Ticket } from './types';

/** What the codes of the API are called. */
export const STATES: Record<Ticket['state'] | 'open', string> = {
  open: 'Open',
  owned: 'Owned',
  waiting: 'Waiting',
  unclaimed: 'Unclaimed',
  snoozed: 'Snoozed',
  closed: 'Closed',
};
export const CHANNELS: Record<Ticket['channel'], string> = {
  whatsapp: 'WhatsApp',
  email: 'Mail',
  tasks: 'Task',
};
export const PRIORITIES: Record<Ticket['priority'], string> = {
  urgent: 'Urgent',
  high: 'High',
  normal: 'Normal',
  low: 'Low',
};

export function agentName({ agents }: Pick<Directory, 'agents'>, id: number): string {
  return agents.get(id)?.name ?? `Agent ${id}`;
}

export function teamName({ teams }: Pick<Directory, 'teams'>, id: number): string {
  return teams.get(id)?.name ?? `Team ${id}`;
}

export function labelName({ labels }: Pick<Directory, 'labels'>, id: number): string {
  return labels.get(id)?.name ?? `Label ${id}`;
}

export function stageName({ stages }: Pick<Directory, 'stages'>, id: number): string {
  return stages.get(id)?.name ?? `Stage ${id}`;
}

/** Who did something. */
export function actorName(directory: Pick<Directory, 'agents'>, actor: Actor): string {
  switch (actor.kind) {
    case 'agent':
      return agentName(directory, Number(actor.id));
    case 'key':
      return 'The API';
    case 'operator':
      return 'The operator';
    default:
      return 'Rota';
  }
}

type OfCustomer = Pick<Ticket, 'customer' | 'customerAddress' | 'customerId'>;

/** Whom a ticket is of: by name, else by where they wrote from. */
export function customerName({ customer, customerAddress, customerId }: OfCustomer): string {
  return customer?.name || customerAddress || `Customer ${customerId}`;
}

/** What a ticket is called: by its title, else after whom it is of. */
export function ticketName(ticket: Pick<Ticket, 'title'> & OfCustomer): string {
  return ticket.title ?? customerName(ticket);
}
