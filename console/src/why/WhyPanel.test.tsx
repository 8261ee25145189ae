import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { cleanup, render, screen, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest';
import { directoryQuery, sessionQuery, ticketQuery } from '../api/queries';
import { nobody, ticket } from '../api/ticket.fixture';
import type { SignedIn, Ticket, TimelineEntry, Why } from '../api/types';
import { registry } from '../commands/commands';
import { decision, directory, seat } from './receipt.fixture';
import { WhyPanel } from './WhyPanel';

let asked: string[];
let answer: () => Response;

// Loaded on demand; no test has to wait for its compilation.
beforeAll(() => import('./Decisions'));
beforeEach(() => {
  asked = [];
  vi.stubGlobal('fetch', async (request: Request) => {
    asked.push(new URL(request.url).pathname);
    return answer();
  });
});
afterEach(() => {
  cleanup();
  vi.unstubAllGlobals();
});

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { 'content-type': 'application/json' } });

function show(of: Partial<Ticket>, why: Partial<Why>, timeline: TimelineEntry[] = []) {
  const client = new QueryClient({
    defaultOptions: { queries: { staleTime: Number.POSITIVE_INFINITY, retry: false } },
  });
  client.setQueryData(sessionQuery.queryKey, { agent: { id: 1 } } as SignedIn);
  client.setQueryData(directoryQuery.queryKey, directory);
  client.setQueryData(ticketQuery(7).queryKey, { ticket: ticket(of), timeline, ...nobody });
  answer = () => json({ ticketId: 7, decisions: [decision()], waitsFor: null, ...why });
  render(
    <QueryClientProvider client={client}>
      <WhyPanel ticket={7} />
    </QueryClientProvider>,
  );
  return client;
}

it('asks for nothing until it is unfolded, and folds again', async () => {
  show({}, {});
  const button = screen.getByRole('button', { name: 'Why me?' });
  expect(button.getAttribute('aria-expanded')).toBe('false');
  expect(asked).toEqual([]);
  await userEvent.click(button);
  expect(await screen.findByText(/Asha was next in the store’s pool/)).toBeTruthy();
  expect(asked).toEqual(['/v1/tickets/7/why']);
  await userEvent.click(button);
  expect(screen.queryByText(/Asha was next/)).toBeNull();
});

it('is unfolded by its command, which takes the focus there', async () => {
  show({ agentId: 2 }, {});
  registry.run('ticket.why');
  await screen.findByText(/Asha was next/);
  expect(document.activeElement).toBe(screen.getByRole('button', { name: 'Why Bilal?' }));
});

it('has a ring that the arrow keys walk, of which Tab reaches one seat', async () => {
  const seats = [seat(3, 'offline'), seat(4, 'chosen')];
  show({}, { decisions: [decision({ turnBefore: 2, chosen: 4, turnAfter: 4, seats, considered: 2 })] });
  const user = userEvent.setup();
  await user.click(screen.getByRole('button', { name: 'Why me?' }));
  const ring = await screen.findByRole('listbox', { name: 'Seats, in the order of their turns' });
  const names = within(ring)
    .getAllByRole('option')
    .map((option) => option.getAttribute('aria-label'));
  expect(names).toEqual(['Bilal had the last turn.', 'Chen is offline.', 'Dora gets the ticket.']);
  await user.tab();
  expect(document.activeElement?.getAttribute('aria-label')).toBe('Dora gets the ticket.');
  for (const [key, label] of [
    ['{ArrowRight}', 'Bilal had the last turn.'],
    ['{ArrowLeft}', 'Dora gets the ticket.'],
    ['{ArrowUp}', 'Chen is offline.'],
    ['{Home}', 'Bilal had the last turn.'],
    ['{End}', 'Dora gets the ticket.'],
  ] as const) {
    await user.keyboard(key);
    expect(document.activeElement?.getAttribute('aria-label')).toBe(label);
    expect(within(ring).getAllByRole('option', { selected: true })).toHaveLength(1);
  }
});

it('shows bars for a balanced pool, and no picture where no pool was asked', async () => {
  const seats = [seat(2, 'more_load', { open: 4, limit: 9 }), seat(1, 'chosen', { open: 3 })];
  const balanced = decision({ policy: 'balanced', seats, considered: 2 });
  const direct = decision({ route: 'asked', policy: null, pool: null, at: '2026-11-30T09:00:00Z' });
  show({}, { decisions: [balanced, direct] });
  await userEvent.click(screen.getByRole('button', { name: 'Why me?' }));
  const bars = await screen.findByRole('listbox', { name: 'Seats, by their open tickets' });
  expect(
    within(bars)
      .getAllByRole('option')
      .map((option) => option.getAttribute('aria-label')),
  ).toEqual(['Asha gets the ticket, with 3 open before it.', 'Bilal has 4 of 9 open.']);
  expect(screen.getByText('1 earlier decision')).toBeTruthy();
  expect(screen.getAllByRole('listbox')).toHaveLength(1);
});

it('says the same as a table', async () => {
  const seats = [seat(3, 'at_limit', { open: 20, limit: 20 }), seat(4, 'chosen')];
  show({}, { decisions: [decision({ chosen: 4, seats, considered: 4, others: { offline: 2 } })] });
  await userEvent.click(screen.getByRole('button', { name: 'Why me?' }));
  await userEvent.click(await screen.findByText('As a table'));
  const table = screen.getByRole('table', { name: /^Agents of the store’s pool, by turn/ });
  const rows = within(table)
    .getAllByRole('row')
    .map((row) => [...row.children].map(({ textContent }) => textContent));
  expect(rows).toEqual([
    ['Agent', 'What', 'Open', 'Until'],
    ['Chen', 'at the limit', '20 of 20', ''],
    ['Dora', 'gets it', '', ''],
    ['2 more', 'offline', '', ''],
  ]);
});

it('offers on a waiting ticket what one may do about it', async () => {
  const claim = vi.fn();
  const leave = registry.register([
    { id: 'ticket.claim', title: 'Claim the ticket', group: 'Ticket', run: claim },
    { id: 'ticket.assign', title: 'Assign the ticket', group: 'Ticket', when: () => false, run: vi.fn() },
  ]);
  const pool = { kind: 'store', id: null, name: null } as const;
  const waitsFor = {
    pool,
    text: [],
    byClock: [],
    afterOneClosing: 1,
    offline: 0,
    passedBefore: 0,
    couldNow: 0,
  };
  const waiting = decision({ chosen: null, outcome: 'waiting', seats: [seat(1, 'at_limit')] });
  show({ agentId: null, state: 'waiting' }, { waitsFor, decisions: [waiting] });
  await userEvent.click(screen.getByRole('button', { name: 'Why nobody yet?' }));
  const ways = await screen.findByRole('region', { name: 'The nearest ways out' });
  expect(within(ways).getByText('1 agent can take it after closing a ticket')).toBeTruthy();
  await userEvent.click(within(ways).getByRole('button', { name: 'Claim the ticket' }));
  expect(claim).toHaveBeenCalledOnce();
  expect(within(ways).queryByRole('button', { name: /Assign/ })).toBeNull();
  leave();
});

it('says who has claimed it since, and asks anew when the ticket has changed', async () => {
  const claimed: TimelineEntry = {
    sequence: 2,
    kind: 'claimed',
    at: '2026-11-30T11:00:00Z',
    by: { kind: 'agent', id: 2 },
  };
  const client = show({ agentId: 2 }, {}, [claimed]);
  await userEvent.click(screen.getByRole('button', { name: 'Why Bilal?' }));
  expect(await screen.findByText('Bilal has claimed it since.')).toBeTruthy();
  const passed = decision({ trigger: 'passed', by: { kind: 'agent', id: 2 }, at: '2026-11-30T11:30:00Z' });
  answer = () => json({ ticketId: 7, decisions: [passed, decision()], waitsFor: null });
  client.setQueryData(ticketQuery(7).queryKey, {
    ticket: ticket({ sequence: 3 }),
    timeline: [claimed],
    ...nobody,
  });
  expect(await screen.findByText(/Bilal passed it on/)).toBeTruthy();
  expect(screen.queryByText('Bilal has claimed it since.')).toBeNull();
});

it('says when it could not be loaded, and tries again', async () => {
  show({}, {});
  const good = answer;
  answer = () =>
    json({ type: 'about:blank', title: 'x', status: 503, code: 'unavailable', detail: 'it is busy' }, 503);
  await userEvent.click(screen.getByRole('button', { name: 'Why me?' }));
  expect((await screen.findByRole('alert')).textContent).toContain('It is busy.');
  answer = good;
  await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
  expect(await screen.findByText(/Asha was next/)).toBeTruthy();
});
