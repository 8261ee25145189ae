import { expect, test } from '../e2e/desk';
import { figure } from './figures';

const TICKETS = 100_000;
/** The longest task that nobody feels, in milliseconds (W3C Long Tasks). */
const LONG = 50;

interface Traced {
  name: string;
  ph: string;
  pid: number;
  tid: number;
  args: { name?: string };
  /** How long it took, in microseconds. */
  dur: number;
  /** The processor's time of it: what else the machine does is not in it. Tasks of a microsecond or two come without. */
  tdur?: number;
}

/**
 * What each task of pages' main threads took of the processor, in milliseconds. The Long Tasks API would count what other
 * processes took meanwhile, and so tell of the machine rather than of the page.
 */
function tasksIn(trace: Buffer): number[] {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: Traced[] };
  const mains = traceEvents.filter(
    ({ name, args }) => name === 'thread_name' && args.name === 'CrRendererMain',
  );
  const isMain = new Set(mains.map(({ pid, tid }) => `${pid} ${tid}`));
  return traceEvents
    .filter(({ name, ph, pid, tid }) => ph === 'X' && name.endsWith('RunTask') && isMain.has(`${pid} ${tid}`))
    .map(({ dur, tdur = dur }) => tdur / 1000);
}

test('100,000 rows scroll by', async ({ desk, rota, browser }) => {
  // Some of what is not closed is snoozed.
  await rota.fill(TICKETS + 10_000);
  const page = await desk('admin');
  await page.goto('/inbox/all');
  const grid = page.getByRole('grid', { name: 'All open' });
  await expect(grid.getByRole('row').first()).toBeVisible();
  await browser.startTracing(page, { categories: ['toplevel'] });
  await page.evaluate(async () => {
    const scroller = document.querySelector('[role="grid"]')?.parentElement as HTMLElement;
    const isLoaded = () => document.querySelector('[role="grid"]')?.getAttribute('aria-rowcount') !== '-1';
    const isAtEnd = () => scroller.scrollTop + scroller.clientHeight >= scroller.scrollHeight - 1;
    while (!isLoaded() || !isAtEnd()) {
      scroller.scrollTop += 2_000;
      await new Promise(requestAnimationFrame);
    }
  });
  const tasks = tasksIn(await browser.stopTracing());
  const count = Number(await grid.getAttribute('aria-rowcount'));
  expect(count).toBeGreaterThanOrEqual(TICKETS);
  await expect(grid.getByRole('row').last()).toHaveAttribute('aria-rowindex', String(count));
  expect(tasks.length).toBeGreaterThan(1_000);
  const long = tasks.filter((task) => task > LONG);
  figure(`${count} rows scrolled, tasks over ${LONG} ms of ${tasks.length}`, long.length, '', 0);
  figure(`${count} rows scrolled, the longest task`, Math.max(...tasks), 'ms');
});
