import { expect, it } from 'vitest';
import { backoff } from './backoff';

it('doubles up to 20 s, less a random half', () => {
  expect([0, 1, 2, 5, 6, 60].map((failures) => backoff(failures, () => 1))).toEqual([
    500, 1000, 2000, 16_000, 20_000, 20_000,
  ]);
  expect(backoff(1, () => 0)).toBe(500);
});
