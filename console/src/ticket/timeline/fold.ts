import type { TimelineEntry } from '../../api/types';

/** What is shown as one: something that was said, or a run of changes of which the middle is folded. */
export type Block = { is: 'said'; entry: TimelineEntry } | { is: 'changes'; entries: TimelineEntry[] };

/** Whether an entry is what somebody wrote, rather than a change. */
export function isSaid({ kind }: TimelineEntry): boolean {
  return kind === 'noted' || kind === 'message';
}

/** A ticket's entries and those of the tickets that are merged into it, each with its `ticketId`, in the order of time. */
export function withMerged(
  own: readonly TimelineEntry[],
  merged: readonly { ticketId: number; entries: readonly TimelineEntry[] }[],
): TimelineEntry[] {
  const others = merged.flatMap(({ ticketId, entries }) => entries.map((entry) => ({ ...entry, ticketId })));
  if (others.length === 0) return [...own];
  return [...own, ...others].sort((one, other) => Date.parse(one.at) - Date.parse(other.at));
}

/** The entries in blocks, in their order. */
export function blocksOf(entries: readonly TimelineEntry[]): Block[] {
  const blocks: Block[] = [];
  for (const entry of entries) {
    const last = blocks.at(-1);
    if (isSaid(entry)) blocks.push({ is: 'said', entry });
    else if (last?.is === 'changes') last.entries.push(entry);
    else blocks.push({ is: 'changes', entries: [entry] });
  }
  return blocks;
}

/** Of a run of more than four changes, how many between the first and the last two are folded. */
export function foldedOf(entries: readonly TimelineEntry[]): number {
  return entries.length > 4 ? entries.length - 3 : 0;
}
