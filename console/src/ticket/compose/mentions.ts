import type { Agent } from '../../api/types';

type Named = Pick<Agent, 'id' | 'name'>;

/** A piece of a note; `isMention` where it names somebody. */
export interface Piece {
  text: string;
  agentId: number | null;
}

/** The note in pieces, at every `@` that one of these names follows; the longest name counts. */
export function namedIn(text: string, agents: readonly Named[]): Piece[] {
  const byLength = [...agents].sort((one, other) => other.name.length - one.name.length);
  const pieces: Piece[] = [];
  let from = 0;
  for (let at = text.indexOf('@'); at >= 0; at = text.indexOf('@', at + 1)) {
    if (/[\p{L}\p{N}]/u.test(text.charAt(at - 1))) continue;
    const agent = byLength.find(({ name }) => follows(text, at + 1, name));
    if (!agent) continue;
    if (at > from) pieces.push({ text: text.slice(from, at), agentId: null });
    from = at + 1 + agent.name.length;
    pieces.push({ text: text.slice(at, from), agentId: agent.id });
  }
  if (from < text.length) pieces.push({ text: text.slice(from), agentId: null });
  return pieces;
}

/** Who is to know of the note. */
export function mentionsIn(text: string, agents: readonly Named[]): number[] {
  return [...new Set(namedIn(text, agents).flatMap(({ agentId }) => agentId ?? []))];
}

function follows(text: string, at: number, name: string): boolean {
  return text.startsWith(name, at) && !/[\p{L}\p{N}]/u.test(text.charAt(at + name.length));
}

/** What stands between an `@` and the caret, while somebody may be meant by it. */
export function askedAt(text: string, caret: number): { from: number; typed: string } | null {
  const [, typed] =
    /(?:^|[\s(])@([\p{L}\p{M}\p{N}.'-]*(?: [\p{L}\p{M}]*)?)$/u.exec(text.slice(0, caret)) ?? [];
  return typed === undefined ? null : { from: caret - typed.length, typed };
}

/** Those whose name, or a word of it, begins with what was typed. */
export function matching<A extends Named>(agents: readonly A[], typed: string): A[] {
  const text = typed.toLowerCase();
  const begins = ({ name }: Named) => {
    const lower = name.toLowerCase();
    return lower.startsWith(text) || lower.split(/\s+/).some((word) => word.startsWith(text));
  };
  return agents.filter(begins);
}
