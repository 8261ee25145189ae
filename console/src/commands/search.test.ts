import { expect, it } from 'vitest';
import type { Command } from './registry';
import { found } from './search';

const commands: Command[] = [
  { id: 'close', title: 'Close the ticket', group: 'Ticket', keywords: 'done mine', run() {} },
  { id: 'mine', title: 'Mine', group: 'Go to', run() {} },
  { id: 'claim', title: 'Claim the ticket', group: 'Ticket', when: () => false, run() {} },
];

it.each([
  ['', ['close', 'mine']],
  ['tick cl', ['close']],
  ['done', ['close']],
  ['mine', ['mine', 'close']],
  ['osed', []],
])('%j finds %j', (text, ids) => {
  expect(found(commands, text).map(({ id }) => id)).toEqual(ids);
});
