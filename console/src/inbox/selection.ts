import { createStore, useStore } from '../ui/store';

/** The tickets that are chosen, for what is done with many. */
export interface Selection {
  ids: ReadonlySet<number>;
  /** From where it is extended, and what was chosen before that. */
  anchor: number | null;
  before: ReadonlySet<number>;
}

const NONE: Selection = { ids: new Set(), anchor: null, before: new Set() };

export const selection = createStore(NONE);

export function isSelected(id: number): boolean {
  return selection.get().ids.has(id);
}

export function useIsSelected(id: number): boolean {
  return useStore(selection, ({ ids }) => ids.has(id));
}

/** Chooses a ticket, or no longer; extending begins here. */
export function toggle(id: number) {
  const ids = new Set(selection.get().ids);
  if (!ids.delete(id)) ids.add(id);
  selection.set({ ids, anchor: id, before: ids });
}

/**
 * Chooses everything from the anchor to a ticket, and no longer what an earlier extension from there chose.
 * @param anchor where to begin if nothing was chosen yet
 * @param between the ids from the anchor to the ticket
 */
export function extend(anchor: number, between: (anchor: number) => number[]) {
  const { anchor: had, before } = selection.get();
  const from = had ?? anchor;
  selection.set({ ids: new Set([...before, ...between(from)]), anchor: from, before });
}

/** Chooses these no longer. */
export function deselect(ids: Iterable<number>) {
  const gone = new Set(ids);
  select([...selection.get().ids].filter((id) => !gone.has(id)));
}

/** Chooses these and no others. */
export function select(ids: Iterable<number>) {
  const all = new Set(ids);
  selection.set(all.size === 0 ? NONE : { ids: all, anchor: null, before: all });
}
