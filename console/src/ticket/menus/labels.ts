/** What was chosen while the menu is open: on or off, by label. */
export type Chosen = ReadonlyMap<number, boolean>;

/** Whether a label is on all tickets, on some, or on none, with what was chosen. */
export function checkedOf(id: number, on: readonly number[][], chosen: Chosen): boolean | 'mixed' {
  const choice = chosen.get(id);
  if (choice !== undefined) return choice;
  const count = on.filter((ids) => ids.includes(id)).length;
  return count === on.length ? true : count > 0 && 'mixed';
}

/** On becomes off; off and some become on. */
export function toggled(id: number, on: readonly number[][], chosen: Chosen): Chosen {
  return new Map(chosen).set(id, checkedOf(id, on, chosen) !== true);
}

/** What has to be put on and taken off; `null` where it is so already. */
export function changeOf(
  on: readonly number[][],
  chosen: Chosen,
): { add: number[]; remove: number[] } | null {
  const ids = [...chosen.keys()];
  const add = ids.filter((id) => chosen.get(id) && on.some((has) => !has.includes(id)));
  const remove = ids.filter((id) => !chosen.get(id) && on.some((has) => has.includes(id)));
  return add.length + remove.length > 0 ? { add, remove } : null;
}
