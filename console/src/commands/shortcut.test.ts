import { expect, it } from 'vitest';
import { isPressed, type Shortcut } from './shortcut';

const SEARCH: Shortcut = { code: 'Slash' };
const HELP: Shortcut = { code: 'Slash', shift: true };
const ASSIGN: Shortcut = { code: 'KeyA' };
const NOTHING = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };

it.each([
  ['/ on an English layout', { key: '/', code: 'Slash' }, [SEARCH]],
  ['? on an English layout', { key: '?', code: 'Slash', shiftKey: true }, [HELP]],
  ['/ on a German layout', { key: '/', code: 'Digit7', shiftKey: true }, [SEARCH]],
  ['? on a German layout', { key: '?', code: 'Minus', shiftKey: true }, [HELP]],
  ['- on a German layout', { key: '-', code: 'Slash' }, []],
  ['/ on a French layout', { key: '/', code: 'Period', shiftKey: true }, [SEARCH]],
  ['a on a French layout', { key: 'a', code: 'KeyQ' }, [ASSIGN]],
  ['the key of / on a Hindi layout', { key: 'य', code: 'Slash' }, [SEARCH]],
  ['the key of a on a Hindi layout', { key: 'ो', code: 'KeyA' }, [ASSIGN]],
])('%s', (_, pressed, meant) => {
  const event = { ...NOTHING, ...pressed };
  expect([SEARCH, HELP, ASSIGN].filter((shortcut) => isPressed(shortcut, event))).toEqual(meant);
});
