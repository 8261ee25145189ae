import { afterEach, describe, expect, it, vi } from 'vitest';
import { type Command, Registry } from './registry';

const command = (id: string, rest: Partial<Command> = {}): Command => ({
  id,
  title: id,
  group: 'Ticket',
  run: vi.fn(),
  ...rest,
});

/** A press of a key in an element. */
function press(
  registry: Registry,
  key: string,
  code: string,
  init: KeyboardEventInit = {},
  target = document.body,
) {
  const event = new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true, ...init });
  let taken = false;
  const listen = (heard: Event) => {
    taken = registry.press(heard as KeyboardEvent, false);
  };
  target.addEventListener('keydown', listen);
  target.dispatchEvent(event);
  target.removeEventListener('keydown', listen);
  return taken;
}

afterEach(() => document.body.replaceChildren());

describe('the registry', () => {
  it('runs what a key means, whatever layout is on', () => {
    const registry = new Registry();
    const close = command('close', { shortcut: { code: 'KeyE' } });
    registry.register([close]);
    expect(press(registry, 'e', 'KeyE')).toBe(true);
    expect(press(registry, 'ा', 'KeyE')).toBe(true);
    expect(press(registry, 'e', 'KeyD')).toBe(true);
    expect(press(registry, '.', 'KeyE', { ctrlKey: true })).toBe(false);
    expect(close.run).toHaveBeenCalledTimes(3);
  });

  it('tells / from ?', () => {
    const registry = new Registry();
    const search = command('search', { shortcut: { code: 'Slash' } });
    const help = command('help', { shortcut: { code: 'Slash', shift: true } });
    registry.register([search, help]);
    press(registry, '/', 'Slash');
    press(registry, '?', 'Minus', { shiftKey: true });
    expect(search.run).toHaveBeenCalledOnce();
    expect(help.run).toHaveBeenCalledOnce();
  });

  it('leaves keys to those who type, but for those that are for them too', () => {
    const registry = new Registry();
    const close = command('close', { shortcut: { code: 'KeyE' } });
    const palette = command('palette', { shortcut: { code: 'KeyK', mod: true, typing: true } });
    const all = command('all', { shortcut: { code: 'KeyA', mod: true } });
    registry.register([close, palette, all]);
    const input = document.body.appendChild(document.createElement('textarea'));
    expect(press(registry, 'e', 'KeyE', {}, input)).toBe(false);
    expect(press(registry, 'a', 'KeyA', { ctrlKey: true }, input)).toBe(false);
    expect(press(registry, 'k', 'KeyK', { metaKey: true }, input)).toBe(true);
  });

  it('leaves Enter to what is pressed by it', () => {
    const registry = new Registry();
    registry.register([command('open', { shortcut: { code: 'Enter' } })]);
    const button = document.body.appendChild(document.createElement('button'));
    expect(press(registry, 'Enter', 'Enter', {}, button)).toBe(false);
    expect(press(registry, 'Enter', 'Enter')).toBe(true);
  });

  it('does nothing under a dialog', () => {
    const registry = new Registry();
    registry.register([command('close', { shortcut: { code: 'KeyE' } })]);
    document.body.innerHTML = '<div role="dialog" aria-modal="true"></div>';
    expect(press(registry, 'e', 'KeyE')).toBe(false);
  });

  it('does nothing that can not be done now', () => {
    const registry = new Registry();
    registry.register([command('close', { shortcut: { code: 'KeyE' }, when: () => false })]);
    expect(press(registry, 'e', 'KeyE')).toBe(false);
    expect(registry.run('close')).toBe(false);
  });

  it('has the later of two with one id, and the earlier again once that is gone', () => {
    const registry = new Registry();
    const [list, page] = [command('next', { title: 'row' }), command('next', { title: 'ticket' })];
    registry.register([list]);
    const leave = registry.register([page]);
    expect(registry.list()).toEqual([page]);
    leave();
    expect(registry.list()).toEqual([list]);
  });
});
