import { describe, expect, it } from 'vitest';
import type { Decision, TimelineEntry, Why } from '../api/types';
import { moment } from '../ui/time';
import { decision, directory, NOW, seat } from './receipt.fixture';
import { type Place, type Reason, ringOf } from './ring';
import {
  listed,
  long,
  onWhat,
  SHORT,
  saidOf,
  sentence,
  short,
  shortOf,
  since,
  turns,
  waysOut,
} from './words';

const telling = { directory, now: NOW };
const said = (rest: Partial<Decision>) => sentence(decision(rest), telling);
const returns: Decision['pool'] = { kind: 'team', id: 31, name: 'Returns' };
const UNTIL = '2026-11-30T18:00:00Z';
const at18 = moment(UNTIL, NOW);

describe('every reason', () => {
  const LONG: Record<Reason, string> = {
    chosen: 'Chen gets the ticket.',
    not_their_turn: 'Chen could take it, but it was not their turn.',
    offline: 'Chen is offline.',
    on_leave: `Chen is on leave until ${at18}.`,
    holiday: `Chen has a holiday until ${at18}.`,
    outside_hours: `Chen is outside working hours until ${at18}.`,
    at_limit: 'Chen has 20 of 20 tickets open.',
    ramp: `Chen has had a share of the queue and is held back for a moment until ${at18}.`,
    more_load: 'Chen has 4 open.',
    passed_before: 'Chen has passed this ticket on before.',
    inactive: 'Chen has been archived.',
    behind_queue: 'Chen is to be given older tickets first.',
    unavailable: 'Chen is unavailable.',
  };
  const reasons = Object.keys(LONG) as Reason[];

  it.each(reasons)('%s is a sentence', (reason) => {
    const until = LONG[reason].includes(at18) ? UNTIL : null;
    const load = { at_limit: { open: 20, limit: 20 }, more_load: { open: 4 } }[reason as string];
    expect(long(seat(3, reason, { until, ...load }), NOW)).toBe(LONG[reason]);
  });

  it('is a word or two, of its own', () => {
    expect(Object.keys(SHORT).sort()).toEqual([...reasons].sort());
    expect(new Set(Object.values(SHORT)).size).toBe(reasons.length);
    for (const reason of reasons) expect(short(seat(3, reason)).split(' ').length).toBeLessThanOrEqual(3);
  });

  it('of loads has its numbers', () => {
    expect(short(seat(3, 'at_limit', { open: 20, limit: 20 }))).toBe('20 of 20');
    expect(short(seat(3, 'more_load', { open: 4 }))).toBe('4 open');
    expect(long(seat(3, 'more_load', { open: 4, limit: 9 }), NOW)).toBe('Chen has 4 of 9 open.');
    expect(long(seat(3, 'chosen', { open: 0 }), NOW)).toBe('Chen gets the ticket, with 0 open before it.');
    expect(long(seat(3, 'at_limit'), NOW)).toBe('Chen has as many open tickets as the limit allows.');
  });
});

describe('a decision in words', () => {
  it('of a turn', () => {
    expect(said({})).toBe('Asha was next in the store’s pool.');
    const seats = [seat(2, 'at_limit', { open: 1, limit: 1 }), seat(4, 'offline'), seat(5, 'chosen')];
    expect(said({ pool: returns, chosen: 5, seats })).toBe(
      'Emeka was next in Returns, after Bilal (1 of 1) and Dora (offline) had been passed over.',
    );
  });

  it('counts those passed over where they are more than three alike', () => {
    const passed = [2, 3, 4, 6].map((id) => seat(id, 'offline'));
    expect(said({ chosen: 5, seats: [...passed, seat(5, 'chosen')] })).toBe(
      'Emeka was next in the store’s pool, after 4 offline had been passed over.',
    );
  });

  it('of one who was asked for, at once or later', () => {
    const direct = { route: 'asked', pool: null, policy: null } as const;
    expect(said(direct)).toBe('Asha was asked for by name.');
    expect(said({ ...direct, trigger: 'assigned', by: { kind: 'agent', id: 2 } })).toBe(
      'Bilal assigned it to Asha.',
    );
  });

  it('of a rule, to an agent or to a team', () => {
    const rule: Decision['rule'] = { id: 3, name: 'Refunds', matched: [{ what: 'word', value: 'refund' }] };
    expect(said({ route: 'rule', rule, pool: null, policy: null })).toBe(
      'The rule “Refunds” matched on the word “refund”. It gives the ticket to Asha.',
    );
    expect(said({ rule, pool: returns })).toBe(
      'The rule “Refunds” matched on the word “refund”. Asha was next in Returns.',
    );
    expect(said({ rule: { id: 4, name: 'All', matched: [] } })).toBe(
      'The rule “All” matched. Asha was next in the store’s pool.',
    );
  });

  it('of the agent of the customer’s last ticket, also where that one could not', () => {
    expect(said({ route: 'sticky', pool: null, policy: null })).toBe(
      'Asha had this customer’s last ticket, and could take this one.',
    );
    const skipped = [
      { ruleId: 3, agentId: 4, name: 'Dora', reason: 'offline' },
      { ruleId: null, agentId: 2, name: 'Bilal', reason: 'on_leave' },
    ] as const;
    expect(said({ skipped: [...skipped] })).toBe(
      'A rule leads to Dora, who is offline. Bilal had this customer’s last ticket, and is on leave. ' +
        'Asha was next in the store’s pool.',
    );
  });

  it('of a balanced pool, with how many had as few', () => {
    const seats = [seat(1, 'chosen', { open: 3 })];
    expect(said({ policy: 'balanced', seats })).toBe(
      'Asha had the fewest open tickets in the store’s pool, 3.',
    );
    expect(said({ policy: 'balanced', seats, others: { not_their_turn: 2, more_load: 1 } })).toBe(
      'Asha had the fewest open tickets in the store’s pool, 3; 2 more had as few, and the turn decided.',
    );
  });

  it('of one that waits: for somebody, behind older ones, in a pool without agents', () => {
    const waiting = { chosen: null, outcome: 'waiting', pool: returns, considered: 3 } as const;
    expect(
      said({ ...waiting, seats: [seat(2, 'outside_hours'), seat(4, 'offline')], others: { offline: 1 } }),
    ).toBe(
      'It had to wait: nobody in Returns could take it. Passed over: Bilal (outside hours) and 2 offline.',
    );
    const behind = 'It had to wait: older tickets of Returns go first.';
    expect(said({ ...waiting, seats: [seat(2, 'behind_queue')] })).toBe(behind);
    expect(said({ ...waiting, seats: [], others: { behind_queue: 3 } })).toBe(behind);
    expect(said({ ...waiting, seats: [], considered: 0 })).toBe('It had to wait: Returns has no agents.');
  });

  it('of one left to be claimed', () => {
    expect(said({ chosen: null, outcome: 'unclaimed', policy: 'unassigned', seats: [] })).toBe(
      'Nobody is given it: people claim the tickets of the store’s pool.',
    );
  });

  it('of one handed out, and one passed on', () => {
    expect(said({ trigger: 'handed_out' })).toBe('After it had waited, Asha was next in the store’s pool.');
    expect(said({ trigger: 'passed', by: { kind: 'agent', id: 2 } })).toBe(
      'Bilal passed it on. Asha was next in the store’s pool.',
    );
  });
});

it('says what each kind of condition found', () => {
  const on = (
    what: 'channel' | 'label' | 'word' | 'customer_tag' | 'hours' | 'brand_address',
    value: string,
  ) => onWhat(decision({ rule: { id: 1, name: 'R', matched: [{ what, value }] } }), directory);
  expect(on('word', 'refund')).toBe(' on the word “refund”');
  expect(on('label', '7')).toBe(' on the label refund');
  expect(on('label', '9')).toBe(' on the label Label 9');
  expect(on('channel', 'email')).toBe(' on the channel Mail');
  expect(on('customer_tag', 'gold')).toBe(' on the customer’s tag “gold”');
  expect(on('hours', 'mon 09:30')).toBe(' on the time, mon 09:30');
  expect(on('brand_address', 'care@shop.example')).toBe(' on the address care@shop.example');
  expect(onWhat(decision(), directory)).toBe('');
});

describe('a place of the picture', () => {
  const one = decision({ others: { not_their_turn: 2, offline: 1 } });
  const quiet = { isLast: false, isNext: false };
  const places: [Place, string, string, string][] = [
    [{ kind: 'seat', seat: seat(4, 'offline'), ...quiet }, 'Dora', 'offline', 'Dora is offline.'],
    [
      { kind: 'seat', seat: seat(1, 'chosen'), isLast: true, isNext: false },
      'Asha',
      'gets it, the last one',
      'Asha gets the ticket. Asha had the last turn.',
    ],
    [
      { kind: 'agent', agentId: 2, isLast: true, isNext: false },
      'Bilal',
      'the last one',
      'Bilal had the last turn.',
    ],
    [
      { kind: 'agent', agentId: 2, isLast: true, isNext: true },
      'Bilal',
      'the last one, next',
      'Bilal had the last turn and is the next to be asked.',
    ],
    [
      { kind: 'agent', agentId: 99, isLast: true, isNext: false },
      'Agent 99',
      'the last one',
      'Agent 99 had the last turn.',
    ],
    [
      { kind: 'run', reason: 'offline', seats: [2, 3, 4, 5].map((id) => seat(id, 'offline')), ...quiet },
      '4 agents',
      'offline',
      '4 offline: Bilal, Chen, Dora and Emeka.',
    ],
    [
      { kind: 'rest', count: 3, passed: true, ...quiet },
      '3 more',
      'passed over',
      '3 more, passed over: 2 not their turn and 1 offline.',
    ],
    [
      { kind: 'rest', count: 2, passed: false, ...quiet },
      '2 more',
      'not reached',
      '2 more, not reached. Of all 3 who are only counted: 2 not their turn and 1 offline.',
    ],
  ];

  it.each(places)('%# has a name, a word, and a sentence', (place, name, word, whole) => {
    expect(shortOf(place, directory)).toEqual({ name, word });
    expect(saidOf(place, one, telling)).toBe(whole);
  });
});

it('says over the table whose turn was the last and is the next', () => {
  const one = decision({ turnBefore: 2, considered: 2, pool: returns, others: { not_their_turn: 1 } });
  expect(turns(one, ringOf(one, [1, 2]).places, directory)).toBe(
    'Agents of Returns, by turn. Bilal had the last turn. Bilal is the next to be asked.',
  );
  expect(turns(decision({ policy: 'balanced' }), [], directory)).toBe(
    'Agents of the store’s pool, by the fewest open tickets, then by turn.',
  );
});

describe('the ways out', () => {
  const ways = (rest: Partial<NonNullable<Why['waitsFor']>>) =>
    waysOut(
      {
        pool: { kind: 'store', id: null, name: null },
        text: [],
        byClock: [],
        afterOneClosing: 0,
        offline: 0,
        passedBefore: 0,
        couldNow: 0,
        ...rest,
      },
      NOW,
    );

  it('are told the nearest first, one or several', () => {
    const byClock = [{ agentId: 3, name: 'Chen', reason: 'outside_hours', at: UNTIL } as const];
    expect(ways({ couldNow: 1, byClock, afterOneClosing: 1, offline: 1, passedBefore: 1 })).toEqual([
      '1 agent can take it now',
      `Chen can take it at ${at18}: outside hours until then`,
      '1 agent can take it after closing a ticket',
      '1 agent is offline and could come online',
      '1 agent has passed it on',
    ]);
    expect(ways({ couldNow: 2, afterOneClosing: 2, offline: 2, passedBefore: 2 })).toEqual([
      '2 agents can take it now',
      '2 agents can take it after closing a ticket each',
      '2 agents are offline and could come online',
      '2 agents have passed it on',
    ]);
  });

  it('are none in a pool without agents', () => {
    expect(ways({})).toEqual(['Its pool has no agents']);
  });
});

describe('what has happened since', () => {
  const entry = (kind: string, at: string) =>
    ({ sequence: 2, kind, at, by: { kind: 'agent', id: 2 } }) as TimelineEntry;
  const decided = '2026-11-30T10:00:00Z';
  const after = '2026-11-30T10:00:01Z';

  it('is who claimed it, put it into a pool, or had it given back', () => {
    expect(since([entry('claimed', after)], decided, directory)).toBe('Bilal has claimed it since.');
    expect(since([entry('assigned', after)], decided, directory)).toBe('Bilal has put it into a pool since.');
    expect(since([entry('given_on', after), entry('noted', after)], decided, directory)).toBe(
      'It has been given back to its pool since, as its agent was away.',
    );
  });

  it('is nothing before or with the decision, and nothing of what leaves the agent', () => {
    expect(since([entry('claimed', decided), entry('noted', after)], decided, directory)).toBeNull();
    expect(since([], decided, directory)).toBeNull();
  });
});

it('lists with commas and an and', () => {
  expect([[], ['A'], ['A', 'B'], ['A', 'B', 'C']].map(listed)).toEqual(['', 'A', 'A and B', 'A, B and C']);
});
