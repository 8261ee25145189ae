/** How high a label of two lines is with the room around it, in pixels. */
export const ROW = 46;
/** From the middle of a seat to its rim. */
export const SEAT = 15;
const LEAST_HIGH = 72;

/** Half of the ring's width and height. */
export interface Shape {
  rx: number;
  ry: number;
}

/** A place on the ring: from its middle to the right and down, and the angle clockwise from the top (that of the circle which the ring is a stretched image of). */
export interface Spot {
  x: number;
  y: number;
  angle: number;
  side: 'top' | 'right' | 'bottom' | 'left';
}

/**
 * Puts `count` places clockwise on a ring, the first at the top. Those of one side are {@link ROW} or more apart in height, so
 * that each has room for its label; where that makes a ring wider than `2 * widest`, it becomes an upright ellipse.
 */
export function layOut(count: number, widest: number): Shape & { spots: Spot[] } {
  const onSide = Math.max(0, Math.floor((count - 1) / 2));
  const hasBottom = count > 1 && count % 2 === 0;
  // Without a place at the bottom the two lowest stand half a step above it.
  const steps = onSide + (hasBottom ? 1 : 0.5);
  const ry = Math.max(LEAST_HIGH, (ROW * steps) / 2);
  const rx = Math.min(ry, widest);
  const step = (2 * ry) / steps;
  const right = Array.from({ length: onSide }, (_, row) => Math.acos(1 - ((row + 1) * step) / ry));
  const angles = [
    ...(count > 0 ? [0] : []),
    ...right,
    ...(hasBottom ? [Math.PI] : []),
    ...right.map((angle) => 2 * Math.PI - angle).reverse(),
  ];
  return { rx, ry, spots: angles.map((angle) => spotAt({ rx, ry }, angle)) };
}

function spotAt(shape: Shape, angle: number): Spot {
  const side = angle === 0 ? 'top' : angle === Math.PI ? 'bottom' : angle < Math.PI ? 'right' : 'left';
  return { ...pointAt(shape, angle), angle, side };
}

function pointAt({ rx, ry }: Shape, angle: number): { x: number; y: number } {
  return { x: rx * Math.sin(angle), y: -ry * Math.cos(angle) };
}

/** How far round it is clockwise from one angle to another; from one to itself all the way. */
export function turn(from: number, to: number): number {
  const way = (to - from) % (2 * Math.PI);
  return way > 0 ? way : way + 2 * Math.PI;
}

/** How much of an angle `length` pixels of the ring are, there. */
export function angleOf({ rx, ry }: Shape, at: number, length: number): number {
  return length / Math.hypot(rx * Math.cos(at), ry * Math.sin(at));
}

/** The ring clockwise from an angle on for `way`, as the `d` of an SVG path. */
export function arc(shape: Shape, from: number, way: number): string {
  const begin = pointAt(shape, from);
  // One arc command cannot go all the way round.
  const ends = [from + way / 2, from + way].map((angle) => pointAt(shape, angle));
  const arcs = ends.map(({ x, y }) => `A${round(shape.rx)} ${round(shape.ry)} 0 0 1 ${round(x)} ${round(y)}`);
  return `M${round(begin.x)} ${round(begin.y)}${arcs.join('')}`;
}

/** The way from the rim of one seat to that of another, `gap` pixels before it; nothing where they touch. */
export function between(shape: Shape, from: number, to: number, gap: number): string | null {
  const away = angleOf(shape, from, SEAT);
  const before = angleOf(shape, to, SEAT + gap);
  const way = turn(from, to) - away - before;
  return way > 0 ? arc(shape, from + away, way) : null;
}

/**
 * The piece of the ring that a run at `own` stands for: nearly from the seat before it to the one behind it. It is drawn with round
 * ends, as thick as a seat.
 */
export function stretch(shape: Shape, before: number, own: number, behind: number): string {
  const room = (angle: number) => angleOf(shape, angle, 2 * SEAT + 2);
  const back = Math.max(0, turn(before, own) - room(before));
  const forth = Math.max(0, turn(own, behind) - room(behind));
  return arc(shape, own - back, back + forth);
}

function round(value: number): number {
  return Math.round(value * 100) / 100;
}
