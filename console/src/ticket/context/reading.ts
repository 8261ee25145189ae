/** A value of a JSON text as it is shown: numbers stand as they were written, since 64-bit ids are no JavaScript numbers. */
export type Shown =
  | { is: 'text'; text: string }
  | { is: 'literal'; text: string }
  | { is: 'list'; items: Shown[] }
  | { is: 'table'; rows: [name: string, value: Shown][] };

/** A nested value beyond this depth stands as its JSON text. */
const DEPTH = 6;
/** Before a number that stands for itself: no JSON string of the parsed text begins so unless it has the same mark twice. */
const MARK = '\u0000';
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d[\d.eE+-]*/g;

/** What a ticket's context reads as: an object or a list of them as a table; `null` where it is no such JSON. */
export function readingOf(context: string): Shown | null {
  if (!/^\s*[[{]/.test(context)) return null;
  try {
    JSON.parse(context);
  } catch {
    return null;
  }
  const marked = context.replace(TOKEN, (token) =>
    token.startsWith('"')
      ? `"${token.startsWith('"\\u0000') ? '\\u0000' : ''}${token.slice(1)}`
      : JSON.stringify(MARK + token),
  );
  return shown(JSON.parse(marked), DEPTH);
}

function shown(value: unknown, depth: number): Shown {
  if (typeof value === 'string') return textOf(value);
  if (typeof value !== 'object' || value === null) return { is: 'literal', text: String(value) };
  if (depth === 0) return { is: 'literal', text: unmarked(JSON.stringify(value)) };
  if (Array.isArray(value)) return { is: 'list', items: value.map((item) => shown(item, depth - 1)) };
  return { is: 'table', rows: Object.entries(value).map(([name, of]) => [name, shown(of, depth - 1)]) };
}

function textOf(value: string): Shown {
  if (!value.startsWith(MARK)) return { is: 'text', text: value };
  const rest = value.slice(1);
  return rest.startsWith(MARK) ? { is: 'text', text: rest } : { is: 'literal', text: rest };
}

function unmarked(json: string): string {
  return json.replace(/"\\u0000(-?\d[\d.eE+-]*)"/g, '$1');
}

/** How many lines a value takes, at least. */
export function linesOf(of: Shown): number {
  if (of.is === 'list') return of.items.reduce((lines, item) => lines + linesOf(item), 0) || 1;
  if (of.is === 'table') return of.rows.reduce((lines, [, value]) => lines + linesOf(value), 0) || 1;
  return 1;
}
