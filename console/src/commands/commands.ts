import { useContext, useLayoutEffect, useMemo, useRef, useSyncExternalStore } from 'react';
import { preferences } from '../preferences/preferences';
import { Shown, useWhileShown } from '../ui/shown';
import { type Command, isInDialog, Registry } from './registry';

/** The desk's commands. */
export const registry = new Registry();

/**
 * Registers the commands of a page while it is shown, or of a piece of it. Each run and each `when` sees the latest render's values, so
 * that the list is registered anew only when its ids, titles or shortcuts change.
 */
export function useCommands(commands: readonly Command[]) {
  const latest = useRef(commands);
  latest.current = commands;
  const shape = JSON.stringify(commands.map(({ id, title, shortcut }) => [id, title, shortcut]));
  // biome-ignore lint/correctness/useExhaustiveDependencies: the shape stands for the commands
  const lasting = useMemo(() => {
    const find = (id: string) => latest.current.find((command) => command.id === id);
    return latest.current.map((command) => ({
      ...command,
      when: () => find(command.id)?.when?.() ?? true,
      run: () => find(command.id)?.run(),
    }));
  }, [shape]);
  // Keys work as soon as the page is seen.
  useWhileShown(() => registry.register(lasting), [lasting]);
}

/** All commands as they are registered now. */
export function useCommandList(): readonly Command[] {
  return useSyncExternalStore(registry.subscribe, registry.list);
}

/** The commands of these ids that are registered, in this order; on a page that is not shown, those that were when it was. */
export function useCommandsOf(ids: readonly string[]): readonly Command[] {
  const shown = useContext(Shown);
  const last = useRef<readonly Command[]>([]);
  return useSyncExternalStore(registry.subscribe, () => {
    const now = shown.get() ? ids.flatMap((id) => registry.find(id) ?? []) : last.current;
    const isSame = now.length === last.current.length && now.every((one, at) => one === last.current[at]);
    if (!isSame) last.current = now;
    return last.current;
  });
}

/** Listens to the page's keys; once, in the shell. */
export function useShortcuts() {
  // Before anything is seen.
  useLayoutEffect(() => {
    // A key that closes a dialog has removed it by the time that it comes up here, and is not for the page below.
    let isTaken = false;
    const begin = () => {
      isTaken = isInDialog();
    };
    const press = (event: KeyboardEvent) => {
      if (!isTaken && !event.defaultPrevented) registry.press(event, !preferences.get().shortcuts);
    };
    window.addEventListener('keydown', begin, { capture: true });
    window.addEventListener('keydown', press);
    return () => {
      window.removeEventListener('keydown', begin, { capture: true });
      window.removeEventListener('keydown', press);
    };
  }, []);
}
