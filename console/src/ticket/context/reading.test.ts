import { expect, it } from 'vitest';
import { linesOf, readingOf } from './reading';

it.each(['', 'Order 1042', '17', '"text"', '{"order": 1042', '{"a": 01}'])('%j is no table', (context) => {
  expect(readingOf(context)).toBeNull();
});

it('reads an object, nested ones and lists', () => {
  expect(
    readingOf('{"order": 1042, "items": ["Kurta", null], "paid": true, "to": {"city": "Pune"}}'),
  ).toEqual({
    is: 'table',
    rows: [
      ['order', { is: 'literal', text: '1042' }],
      [
        'items',
        {
          is: 'list',
          items: [
            { is: 'text', text: 'Kurta' },
            { is: 'literal', text: 'null' },
          ],
        },
      ],
      ['paid', { is: 'literal', text: 'true' }],
      ['to', { is: 'table', rows: [['city', { is: 'text', text: 'Pune' }]] }],
    ],
  });
});

it('shows numbers to the letter, and strings that look like them as they are', () => {
  expect(readingOf('[12345678901234567890, 1.50, "7 of 1e9", "say \\"5\\""]')).toEqual({
    is: 'list',
    items: [
      { is: 'literal', text: '12345678901234567890' },
      { is: 'literal', text: '1.50' },
      { is: 'text', text: '7 of 1e9' },
      { is: 'text', text: 'say "5"' },
    ],
  });
});

it('shows what is nested too deep as text', () => {
  const deep = `${'['.repeat(9)}5${']'.repeat(9)}`;
  expect(JSON.stringify(readingOf(deep))).toContain('"[[[5]]]"');
});

it('counts the lines that it takes', () => {
  const reading = readingOf('{"a": 1, "b": [], "c": {"d": [1, 2, {"e": ""}]}}');
  expect(reading && linesOf(reading)).toBe(5);
});
