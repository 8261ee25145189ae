import { expect, it } from 'vitest';
import { connect, type News } from './connection';

const answer = (...chunks: string[]) =>
  new Response(new Blob(chunks).stream(), { headers: { 'content-type': 'text/event-stream' } });

/** Connects to a server of these answers in turn, until they are used up. */
async function hear(answers: (() => Response | Promise<Response>)[]) {
  const [news, asked, pauses]: [News[], (string | null)[], number[]] = [[], [], []];
  const stop = new AbortController();
  let lastId: string | null = null;
  await connect({
    lastId: () => lastId,
    tell: (told) => {
      news.push(told);
      if ('id' in told) lastId = told.id;
    },
    signal: stop.signal,
    random: () => 1,
    pause: async (milliseconds) => {
      pauses.push(milliseconds);
      if (answers.length === 0) stop.abort();
    },
    fetch: async (_, init) => {
      asked.push(new Headers(init?.headers).get('Last-Event-ID'));
      const next = answers.shift();
      if (!next) throw new TypeError('away');
      return next();
    },
  });
  return { news, asked, pauses };
}

const created =
  'id: evt_2_0\nevent: ticket.created\ndata: {"type":"ticket.created","data":{"id":"evt_2_0"}}\n\n';

it('tells events, however they are cut, and goes on after the last one', async () => {
  const { news, asked } = await hear([
    () => answer('retry: 2000\n\n', created.slice(0, 30), created.slice(30)),
    () => answer(':\n\n'),
  ]);
  expect(asked).toEqual([null, 'evt_2_0']);
  expect(news.filter(({ kind }) => kind === 'event')).toHaveLength(1);
  expect(news.at(-1)).toEqual({ kind: 'status', online: false });
});

it('waits longer after each failure, and anew after each connection', async () => {
  const fail = () => Promise.reject(new TypeError('away'));
  const { pauses } = await hear([fail, fail, () => answer(':\n\n'), fail]);
  expect(pauses).toEqual([500, 1000, 500, 1000]);
});

it('tells of reload, of what is gone, and of the end, after which it does not come back', async () => {
  const { news, pauses } = await hear([
    () =>
      answer(
        'event: reload\ndata: {"type":"reload"}\n\n',
        'id: evt_3_0\nevent: ticket.gone\ndata: {"type":"ticket.gone","data":{"ticketId":7}}\n\n',
        'event: ended\ndata: {"type":"ended"}\n\n',
      ),
  ]);
  expect(news.slice(1)).toEqual([
    { kind: 'reload' },
    { kind: 'gone', id: 'evt_3_0', ticketId: 7 },
    { kind: 'ended' },
  ]);
  expect(pauses).toEqual([]);
});

it('tells who looks at a ticket', async () => {
  const agents = [{ id: 2, name: 'Tomas', activity: 'writing' }];
  const data = JSON.stringify({ type: 'viewing', data: { ticketId: 7, agents } });
  const { news } = await hear([() => answer(`event: viewing\ndata: ${data}\n\n`)]);
  expect(news[1]).toEqual({ kind: 'viewing', ticketId: 7, agents });
});

it('takes 401 for the end', async () => {
  const { news } = await hear([() => new Response(null, { status: 401 })]);
  expect(news).toEqual([{ kind: 'ended' }]);
});
