import { isPressed, isTyping, type Shortcut } from './shortcut';

/** Something people can have done: in menus, in the palette, by a shortcut, in the list under `?`. */
export interface Command {
  /** Unique, such as `ticket.close`. */
  id: string;
  title: string;
  /** The heading under which it is listed. */
  group: 'Go to' | 'List' | 'Ticket' | 'Desk';
  shortcut?: Shortcut;
  /** Words by which it is found besides its title. */
  keywords?: string;
  /** Whether it can be done now; always when left out. */
  when?: () => boolean;
  run: () => void;
}

/** All commands of what is mounted. Of two with one id, or one shortcut, the later registered goes first. */
export class Registry {
  private registered: { commands: readonly Command[] }[] = [];
  private byId: ReadonlyMap<string, Command> = new Map();
  private listed: readonly Command[] = [];
  private readonly listeners = new Set<() => void>();

  /** @returns what takes them out again. */
  register(commands: readonly Command[]): () => void {
    const entry = { commands };
    this.change([...this.registered, entry]);
    return () => this.change(this.registered.filter((other) => other !== entry));
  }

  /** In the order of their registration. */
  list = (): readonly Command[] => this.listed;

  subscribe = (listener: () => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  find(id: string): Command | undefined {
    return this.byId.get(id);
  }

  /** Runs a command that can be done now. */
  run(id: string): boolean {
    const command = this.find(id);
    if (!command || !isPossible(command)) return false;
    command.run();
    return true;
  }

  /** Runs what a key means. Single keys do nothing while somebody types, in a dialog, or when they are `off`. */
  press(event: KeyboardEvent, off: boolean): boolean {
    const command = this.listed.findLast(
      (one) => one.shortcut && isPressed(one.shortcut, event) && isPossible(one),
    );
    if (!command?.shortcut || event.isComposing) return false;
    const { mod, typing } = command.shortcut;
    if (isInDialog() || (off && !mod) || (!typing && isTyping(event.target))) return false;
    if (event.key === 'Enter' && isPressedByEnter(event.target)) return false;
    if (event.repeat && command.group !== 'List') return false;
    event.preventDefault();
    command.run();
    return true;
  }

  private change(registered: { commands: readonly Command[] }[]) {
    this.registered = registered;
    const byId = new Map<string, Command>();
    for (const { commands } of registered) {
      for (const command of commands) byId.set(command.id, command);
    }
    this.byId = byId;
    this.listed = [...byId.values()];
    for (const listener of [...this.listeners]) listener();
  }
}

export function isPossible(command: Command): boolean {
  return command.when?.() ?? true;
}

function isPressedByEnter(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('a, button, summary') !== null;
}

/** Whether a dialog or a menu is open, which has the keys. */
export function isInDialog(): boolean {
  return (
    document.querySelector('[role="dialog"][aria-modal="true"], [role="menu"], [role="alertdialog"]') !== null
  );
}
