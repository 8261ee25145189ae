import { describe, expect, it } from 'vitest';
import { angleOf, arc, between, layOut, ROW, SEAT, stretch, turn } from './geometry';

const COUNTS = Array.from({ length: 20 }, (_, index) => index + 1);
const WIDTHS = [44, 120];
const all = COUNTS.flatMap((count) => WIDTHS.map((widest) => ({ count, widest })));

describe.each(all)('$count places on a ring of half $widest', ({ count, widest }) => {
  const { rx, ry, spots } = layOut(count, widest);

  it('has each of them on it, clockwise, the first at the top', () => {
    expect(spots).toHaveLength(count);
    expect(spots[0]).toMatchObject({ side: 'top', angle: 0, y: -ry });
    for (const { x, y } of spots) expect((x / rx) ** 2 + (y / ry) ** 2).toBeCloseTo(1);
    const angles = spots.map(({ angle }) => angle);
    expect(angles).toEqual([...angles].sort((one, other) => one - other));
    expect(new Set(angles).size).toBe(count);
    expect(Math.max(...angles)).toBeLessThan(2 * Math.PI);
  });

  it('leaves room for each label, within the width', () => {
    expect(rx).toBeLessThanOrEqual(widest);
    for (const side of ['left', 'right']) {
      const heights = spots.filter((spot) => spot.side === side).map(({ y }) => y);
      const sorted = heights.toSorted((one, other) => one - other);
      sorted.forEach((y, index) => {
        const above = index === 0 ? -ry : (sorted[index - 1] ?? 0);
        expect(y - above).toBeGreaterThanOrEqual(ROW - 1e-9);
      });
    }
  });

  it('keeps the seats apart', () => {
    for (const one of spots) {
      for (const other of spots) {
        if (one !== other) expect(Math.hypot(one.x - other.x, one.y - other.y)).toBeGreaterThan(2 * SEAT);
      }
    }
  });

  it('is as wide on the left as on the right', () => {
    const left = spots.filter(({ side }) => side === 'left').map(({ x }) => Math.round(-x));
    const right = spots.filter(({ side }) => side === 'right').map(({ x }) => Math.round(x));
    expect(left.reverse()).toEqual(right);
  });

  it('leads from each seat to each other one clockwise', () => {
    for (const from of spots) {
      for (const to of spots) {
        const way = turn(from.angle, to.angle);
        expect(way).toBeGreaterThan(0);
        expect(way).toBeLessThanOrEqual(2 * Math.PI);
        expect(Math.cos(from.angle + way)).toBeCloseTo(Math.cos(to.angle));
        if (from === to) expect(way).toBeCloseTo(2 * Math.PI);
        expect(between({ rx, ry }, from.angle, to.angle, 0)).toMatch(/^M[-\d. ]+(A[-\d. ]+){2}$/);
      }
    }
  });
});

it('has nothing to place in an empty ring', () => {
  expect(layOut(0, 120).spots).toEqual([]);
});

it('draws half a circle as two arcs', () => {
  expect(arc({ rx: 10, ry: 10 }, 0, Math.PI)).toBe('M0 -10A10 10 0 0 1 10 0A10 10 0 0 1 0 10');
});

it('draws nothing where two seats touch', () => {
  const shape = { rx: 60, ry: 60 };
  const touching = angleOf(shape, 0, 2 * SEAT);
  expect(between(shape, 0, touching * 0.99, 0)).toBeNull();
  expect(between(shape, 0, touching * 1.1, 0)).not.toBeNull();
});

it('stretches a run nearly to its neighbours, and not over them', () => {
  const { spots, ...shape } = layOut(6, 120);
  const numbers = (text: string) => [...text.matchAll(/-?[\d.]+/g)].map(Number);
  spots.forEach(({ angle }, index) => {
    const before = spots.at(index - 1)?.angle ?? 0;
    const behind = spots[(index + 1) % spots.length]?.angle ?? 0;
    const drawn = numbers(stretch(shape, before, angle, behind));
    const [begin, end] = [drawn.slice(0, 2), drawn.slice(-2)];
    for (const [tip, other] of [
      [begin, before],
      [end, behind],
    ] as const) {
      const [x = 0, y = 0] = tip;
      const away = Math.hypot(x - shape.rx * Math.sin(other), y + shape.ry * Math.cos(other));
      expect(away).toBeGreaterThan(2 * SEAT - 1);
    }
  });
});
