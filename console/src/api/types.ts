import type { components, paths, webhooks } from './schema';

type Schemas = components['schemas'];
type Json<R> = R extends { content: { 'application/json': infer B } } ? B : never;
type Answer<P extends keyof paths> = paths[P] extends { get: { responses: { 200: infer R } } }
  ? Json<R>
  : never;

export type Ticket = Schemas['DeskTicket'];
export type Viewer = NonNullable<Schemas['OpenedTicket']['viewing']>[number];
export type TimelineEntry = Schemas['TimelineEntry'];
export type Actor = Schemas['Actor'];
export type Agent = Schemas['Directory']['agents'][number];
export type Availability = Schemas['Availability'];
export type Team = Schemas['Directory']['teams'][number];
export type Customer = NonNullable<Schemas['OpenedTicket']['customer']>;
export type Label = Schemas['Directory']['labels'][number];
export type Stage = Schemas['Directory']['stages'][number];
export type SignedIn = Schemas['SignedIn'];
export type SessionItem = Schemas['Sessions']['items'][number];
export type Notifications = Schemas['Notifications'];
export type ProblemBody = Schemas['Problem'];
/** One that was made; of a dry run it is not known when and by whom. */
export type Decision = Required<Schemas['Decision']>;
export type Seat = Schemas['Seat'];
export type Why = Answer<'/v1/tickets/{id}/why'> & { decisions: Decision[] };
export type View = Answer<'/v1/views'>['items'][number];
export type TicketPage = Answer<'/v1/tickets'>;

/** What `GET /v1/tickets` may be asked for, without the paging and what comes with each ticket. */
export type TicketFilter = Omit<
  NonNullable<paths['/v1/tickets']['get']['parameters']['query']>,
  'limit' | 'cursor' | 'include'
>;

type CommandPath = Extract<keyof paths, `/v1/tickets/{id}/${string}`>;
type PostOf<P extends keyof paths> = paths[P] extends { post: infer O } ? O : never;

/** The ticket commands: the last part of their paths. */
export type CommandName = {
  [P in CommandPath]: PostOf<P> extends never ? never : P extends `/v1/tickets/{id}/${infer C}` ? C : never;
}[CommandPath];

/** The body of a ticket command. */
export type CommandBody<C extends CommandName> =
  PostOf<`/v1/tickets/{id}/${C}`> extends { requestBody?: infer B }
    ? Json<NonNullable<B>>
    : Record<string, never>;

/** What `/v1/stream` tells besides events. */
export type StreamNews = Schemas['StreamNews'];
/** An event of `/v1/stream`, which has the form of a webhook's. */
export type DeskEvent = Extract<
  {
    [K in keyof webhooks]: webhooks[K] extends { post: { requestBody?: infer B } }
      ? Json<NonNullable<B>>
      : never;
  }[keyof webhooks],
  { type: string; data: object }
>;
