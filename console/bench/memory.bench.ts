import type { CDPSession, Page } from '@playwright/test';
import { expect, test } from '../e2e/desk';
import { PASSWORD, PEOPLE, STORE } from '../e2e/shop';
import { figure } from './figures';

const TICKETS = 100;
const CYCLES = 500;
/** Each call changes all the tickets, and each ticket that changes is an event. */
const CALLS = 200;

/** What scripts hold after everything that can be thrown away is, in MiB. */
async function heap(devtools: CDPSession): Promise<number> {
  await devtools.send('HeapProfiler.collectGarbage');
  const { usedSize } = await devtools.send('Runtime.getHeapUsage');
  return usedSize / 1024 / 1024;
}

/** Opens tickets and goes back, down the list and up again. */
async function read(page: Page, cycles: number) {
  const [row, article] = [page.locator('[role="row"]:focus'), page.locator('article:focus')];
  for (let cycle = 0; cycle < cycles; cycle += 1) {
    await page.keyboard.press('Enter');
    await article.waitFor();
    await page.keyboard.press('Escape');
    await row.waitFor();
    await page.keyboard.press(cycle % (2 * TICKETS) < TICKETS ? 'j' : 'k');
  }
}

test('500 tickets opened and left, and 20,000 events', async ({ desk, rota }) => {
  const ticketIds: number[] = [];
  for (let at = 1; at <= TICKETS; at += 1) ticketIds.push(await rota.ticket(`Task ${at}`));
  const lead = await rota.signIn(PEOPLE.admin.email, PASSWORD);
  const page = await desk('agent');
  await expect(page.locator('[role="row"]:focus')).toBeVisible();
  const devtools = await page.context().newCDPSession(page);
  const heard = await page.evaluateHandle((channel) => {
    const heard = { events: 0 };
    new BroadcastChannel(channel).addEventListener('message', ({ data }) => {
      if (data.news?.kind === 'event') heard.events += 1;
    });
    return heard;
  }, `rota-live:${STORE}:${PEOPLE.agent.id}`);

  await read(page, 20);
  const before = await heap(devtools);
  await read(page, CYCLES);
  figure('JS heap growth after 500 tickets opened and left', (await heap(devtools)) - before, 'MiB');

  for (let call = 0; call < CALLS; call += 1) {
    const body = { ticketIds, command: 'priority', with: { priority: call % 2 === 0 ? 'high' : 'low' } };
    await rota.post('/v1/tickets/bulk', body, { Cookie: `${lead.name}=${lead.value}` });
  }
  await expect.poll(() => heard.evaluate(({ events }) => events), { timeout: 120_000 }).toBe(TICKETS * CALLS);
  figure('JS heap growth after these and 20,000 events heard', (await heap(devtools)) - before, 'MiB', 10);
});
