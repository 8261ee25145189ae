import { expect, it } from 'vitest';
import { ticket } from '../api/ticket.fixture';
import { question } from './question';
import { directory } from './receipt.fixture';

it('asks what the reader would', () => {
  expect(question(ticket({ agentId: 1 }), 1, directory)).toBe('Why me?');
  expect(question(ticket({ agentId: 2 }), 1, directory)).toBe('Why Bilal?');
  expect(question(ticket({ agentId: 99 }), 1, directory)).toBe('Why here?');
  expect(question(ticket({ agentId: null, state: 'waiting' }), 1, directory)).toBe('Why nobody yet?');
  expect(question(ticket({ agentId: null, state: 'unclaimed' }), 1, directory)).toBe('Why here?');
});
