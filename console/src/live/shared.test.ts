import { afterEach, expect, it } from 'vitest';
import type { News } from './connection';
import { Heard } from './heard';
import { join } from './shared';

type Tell = (news: News) => void;

/** Web Locks of one name (happy-dom has none): first come, first served. */
class Locks {
  private last: Promise<unknown> = Promise.resolve();

  request = ((_: string, { signal }: { signal: AbortSignal }, hold: () => Promise<void>) => {
    const turn = this.last.then(() => (signal.aborted ? undefined : hold()));
    this.last = turn;
    return turn;
  }) as LockManager['request'];
}

/** BroadcastChannels of one name that deliver at once. */
class Ether {
  private readonly channels: { onmessage: ((event: MessageEvent) => void) | null }[] = [];

  channel(): BroadcastChannel {
    const own = {
      onmessage: null as ((event: MessageEvent) => void) | null,
      postMessage: (data: unknown) => {
        for (const other of this.channels) if (other !== own) other.onmessage?.({ data } as MessageEvent);
      },
      close: () => this.channels.splice(this.channels.indexOf(own), 1),
    };
    this.channels.push(own);
    return own as unknown as BroadcastChannel;
  }
}

const event = (id: string) => ({ kind: 'event', id, event: {} }) as News;
const leave: (() => void)[] = [];

afterEach(() => {
  for (const go of leave.splice(0)) go();
});

/** A tab, with what it heard and, once it leads, the stream that it opened. */
function tab(locks: Locks, ether: Ether, lastId: string | null = null) {
  const heard: News[] = [];
  const opened: { lastId: string | null; tell: Tell }[] = [];
  const close = join({
    name: 'shop:1',
    lastId,
    tell: (news) => heard.push(news),
    connect: ({ lastId, tell, signal }) => {
      opened.push({ lastId: lastId(), tell });
      return new Promise((resolve) => signal.addEventListener('abort', () => resolve()));
    },
    locks,
    channel: ether.channel(),
  });
  leave.push(close);
  return { heard, opened, close };
}

it('has one stream for all tabs, and all hear it', async () => {
  const [locks, ether] = [new Locks(), new Ether()];
  const tabs = Array.from({ length: 8 }, () => tab(locks, ether));
  await Promise.resolve();
  expect(tabs.map(({ opened }) => opened.length)).toEqual([1, 0, 0, 0, 0, 0, 0, 0]);
  tabs[0]?.opened[0]?.tell(event('evt_1_0'));
  for (const { heard } of tabs) expect(heard).toEqual([event('evt_1_0')]);
});

it('goes on in another tab after what was heard last, when the first closes', async () => {
  const [locks, ether] = [new Locks(), new Ether()];
  const [first, second] = [tab(locks, ether), tab(locks, ether)];
  await Promise.resolve();
  first.opened[0]?.tell(event('evt_5_1'));
  first.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(second.opened.map(({ lastId }) => lastId)).toEqual(['evt_5_1']);
});

it('tells a later tab how things stand', async () => {
  const [locks, ether] = [new Locks(), new Ether()];
  const first = tab(locks, ether);
  await Promise.resolve();
  first.opened[0]?.tell({ kind: 'status', online: true });
  first.opened[0]?.tell(event('evt_9_0'));
  const late = tab(locks, ether, 'evt_9_0');
  expect(late.heard).toEqual([{ kind: 'status', online: true }]);
  first.close();
  await new Promise((resolve) => setImmediate(resolve));
  expect(late.opened.map(({ lastId }) => lastId)).toEqual(['evt_9_0']);
});

it('begins after what is loaded, and tells a later tab what it has missed since', async () => {
  const [locks, ether] = [new Locks(), new Ether()];
  const first = tab(locks, ether, 'evt_8_0');
  await Promise.resolve();
  expect(first.opened.map(({ lastId }) => lastId)).toEqual(['evt_8_0']);
  for (const id of ['evt_9_0', 'evt_10_0', 'evt_10_1']) first.opened[0]?.tell(event(id));
  const late = tab(locks, ether, 'evt_9_0');
  expect(late.heard).toEqual([event('evt_10_0'), event('evt_10_1')]);
  const early = tab(locks, ether, 'evt_7_3');
  expect(early.heard).toEqual([{ kind: 'reload' }]);
});

it('tells those who came before it leads, too', async () => {
  const [locks, ether] = [new Locks(), new Ether()];
  const [first, second] = [tab(locks, ether, 'evt_8_0'), tab(locks, ether, 'evt_6_0')];
  await Promise.resolve();
  expect(first.opened).toHaveLength(1);
  expect(second.heard).toEqual([{ kind: 'reload' }]);
});

it('tells no more than it has kept', () => {
  const heard = new Heard('evt_0_0');
  for (let at = 1; at <= 600; at += 1) heard.add(event(`evt_${at}_0`));
  expect(heard.after('evt_100_0')).toHaveLength(500);
  expect(heard.after('evt_99_0')).toEqual([{ kind: 'reload' }]);
});
