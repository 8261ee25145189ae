import { expect, it } from 'vitest';
import { piecesOf } from './links';

it.each([
  ['nothing here', []],
  ['see https://shop.example/o/1042.', ['https://shop.example/o/1042']],
  [
    '(https://shop.example/a_(b)), http://x.example/?q=1&r=2!',
    ['https://shop.example/a_(b)', 'http://x.example/?q=1&r=2'],
  ],
  ['javascript:alert(1) ftp://x.example https://', []],
])('%j has the links %j', (text, links) => {
  const pieces = piecesOf(text);
  expect(pieces.filter(({ href }) => href).map((piece) => piece.text)).toEqual(links);
  expect(pieces.map((piece) => piece.text).join('')).toBe(text);
});
