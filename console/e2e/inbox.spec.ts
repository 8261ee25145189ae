import { gzipSync } from 'node:zlib';
import type { Page } from '@playwright/test';
import { everybodyIsKnown, expect, requests, test, VIEWING } from './desk';
import { PASSWORD, PEOPLE, STORE } from './shop';

const rows = (page: Page) => page.getByRole('grid').getByRole('row');
const current = (page: Page) => page.locator('[data-current]');
/** The ids of the tickets in a list, as the server has them. */
const ids = async (page: Page, query: string): Promise<number[]> => {
  const { items } = await (await page.request.get(`/v1/tickets?limit=100&${query}`)).json();
  return items.map(({ id }: { id: number }) => id);
};
/** Has a command done as somebody else's page would. */
const command = (page: Page, id: number, name: string, body: object) =>
  page.evaluate(
    async ([path, data]) => {
      const headers = { 'Content-Type': 'application/json', 'Idempotency-Key': crypto.randomUUID() };
      const answer = await fetch(path, { method: 'POST', headers, body: data });
      if (!answer.ok) throw new Error(await answer.text());
    },
    [`/v1/tickets/${id}/${name}`, JSON.stringify(body)] as const,
  );

test('twenty tickets are settled, each in at most three keys', async ({ desk, rota }) => {
  for (let at = 1; at <= 20; at += 1) await rota.ticket(`Task ${at}`);
  const page = await desk('agent');
  await expect(rows(page)).toHaveCount(20);
  let keys = 0;
  for (let at = 1; at <= 20; at += 1) {
    await page.keyboard.press('e');
    keys += 1;
  }
  expect(keys).toBeLessThanOrEqual(60);
  await expect.poll(async () => (await ids(page, 'state=closed')).length).toBe(20);
  await expect(rows(page)).toHaveCount(1);
  await expect(current(page)).toContainText('Closed');
  expect(await ids(page, 'state=open')).toEqual([]);
});

test('a posted ticket comes into a list of others by itself', async ({ desk, rota }) => {
  await rota.ticket('The first');
  const page = await desk('agent');
  await expect(rows(page)).toHaveCount(1);
  await rota.ticket('Where is my parcel?');
  await expect(rows(page).filter({ hasText: 'Where is my parcel?' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Mine 2' })).toBeVisible();
});

test('100 live events move nothing that is being read', async ({ desk, rota }) => {
  const posted: number[] = [];
  for (let at = 1; at <= 120; at += 1) posted.push(await rota.ticket(`Task ${at}`));
  const page = await desk('agent');
  await expect(rows(page).first()).toBeVisible();
  await page.getByRole('grid').hover();
  await page.getByRole('grid').evaluate((grid) => grid.parentElement?.scrollTo(0, 1_500));
  const row = page.locator('[data-id]', { hasText: 'Task 75' });
  await expect(row).toBeVisible();
  await page.evaluate(() => {
    const { shifts } = Object.assign(window, { shifts: [] as string[] });
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as (PerformanceEntry & { sources: { node: Node }[] })[]) {
        shifts.push(entry.sources.map(({ node }) => node.parentElement?.outerHTML).join());
      }
    });
    observer.observe({ type: 'layout-shift' });
  });
  const before = await row.boundingBox();

  for (let at = 1; at <= 60; at += 1) await rota.ticket(`New ${at}`);
  for (const [at, id] of posted.slice(60, 100).entries()) {
    await command(page, id, 'priority', { priority: at % 2 === 0 ? 'urgent' : 'high' });
  }
  await expect(page.getByRole('button', { name: '60 new' })).toBeVisible();
  await expect(row.getByRole('img', { name: /Urgent|High/ })).toBeVisible();
  expect(await row.boundingBox()).toEqual(before);
  expect(await page.evaluate(() => (window as unknown as { shifts: string[] }).shifts)).toEqual([]);

  await page.getByRole('button', { name: '60 new' }).click();
  await expect(rows(page).filter({ hasText: 'New 60' })).toBeInViewport();
  await expect(page.getByRole('button', { name: '60 new' })).toBeHidden();
});

test('a list that is shorter than the page does not move under the pointer either', async ({
  desk,
  rota,
}) => {
  for (let at = 1; at <= 6; at += 1) await rota.ticket(`Task ${at}`);
  const page = await desk('agent');
  const row = page.locator('[data-id]', { hasText: 'Task 4' });
  await row.hover();
  const before = await row.boundingBox();
  await rota.ticket('Just posted');
  await expect(page.getByRole('button', { name: '1 new' })).toBeVisible();
  expect(await row.boundingBox()).toEqual(before);
  await page.getByRole('button', { name: '1 new' }).click();
  await expect(rows(page).filter({ hasText: 'Just posted' })).toBeInViewport();
});

test('a mention comes into its list by itself', async ({ desk, rota }) => {
  const id = await rota.ticket('Where is my parcel?');
  const page = await desk('agent');
  await page.goto('/inbox/mentions');
  await expect(page.getByRole('heading', { name: 'Mentions' })).toBeVisible();
  await expect(rows(page)).toHaveCount(0);
  await command(await desk('admin'), id, 'notes', { text: 'Please look.', mentions: [PEOPLE.agent.id] });
  await expect(rows(page)).toHaveCount(1);
});

test('of two who claim one ticket the later is told who has it', async ({ desk, rota }) => {
  rota.run('agent', 'offline', '--store', STORE, PEOPLE.agent.email);
  await rota.ticket('For whoever is first');
  await rota.ticket('Another');
  const [meera, ines] = [await desk('agent'), await desk('team_manager')];
  let letGo = () => {};
  const held = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  await ines.route('**/claim', (route) => held.then(() => route.continue()), { times: 1 });
  for (const page of [meera, ines]) {
    await page.goto('/inbox/waiting');
    await expect(rows(page)).toHaveCount(2);
    await expect(rows(page).first()).toBeFocused();
    await everybodyIsKnown(page);
  }
  await ines.keyboard.press('c');
  await meera.keyboard.press('c');
  await expect(meera.getByText('#1: Claimed')).toBeVisible();
  letGo();
  await expect(ines.getByRole('alert')).toContainText('#1: Meera Iyer has it already.');
  const lost = rows(ines).filter({ hasText: 'For whoever is first' });
  await expect(lost).toContainText('Taken by Meera Iyer');
  await expect(lost).toHaveAttribute('data-over');
  await ines.keyboard.press('c');
  await expect(ines.getByText('#2: Claimed')).toBeVisible();
  await expect(lost).toHaveCount(0);

  // An agent does not see what is a team manager's: the row stays, and says that it is gone.
  const gone = rows(meera).filter({ hasText: 'Another' });
  await expect(gone).toHaveAttribute('data-over');
  await expect(gone).toContainText('Gone');
});

test('many are selected, closed together and taken back together', async ({ desk, rota }) => {
  for (let at = 1; at <= 6; at += 1) await rota.ticket(`Task ${at}`);
  const page = await desk('agent');
  await expect(rows(page)).toHaveCount(6);
  const bar = page.getByRole('toolbar', { name: 'Selected tickets' });
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+J');
  await page.keyboard.press('Shift+J');
  await expect(bar).toContainText('3 selected');
  await page.keyboard.press('Shift+K');
  await expect(bar).toContainText('2 selected');
  await rows(page)
    .nth(4)
    .click({ modifiers: ['Shift'] });
  await expect(bar).toContainText('5 selected');
  await page.keyboard.press('Escape');
  await expect(bar).toBeHidden();
  await page.keyboard.press('ControlOrMeta+a');
  await expect(bar).toContainText('6 selected');
  await rows(page).nth(0).getByRole('checkbox').click();
  await expect(bar).toContainText('5 selected');

  await bar.getByRole('button', { name: 'Close' }).click();
  await expect(page.getByText('5 tickets: Closed')).toBeVisible();
  await expect(bar).toBeHidden();
  expect((await ids(page, 'state=closed')).length).toBe(5);
  await page.keyboard.press('z');
  await expect(page.getByText('5 tickets: taken back')).toBeVisible();
  expect((await ids(page, 'state=open')).length).toBe(6);
  await expect(page.locator('[data-over]')).toHaveCount(0);
});

test('a label is put on all that are selected, and an owner is given to the one that has the keys', async ({
  desk,
  rota,
}) => {
  for (let at = 1; at <= 3; at += 1) await rota.ticket(`Task ${at}`);
  const page = await desk('admin');
  await page.goto('/inbox/all');
  await expect(rows(page).first()).toBeFocused();
  await everybodyIsKnown(page);
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+J');
  await page.keyboard.press('l');
  await expect(page.getByRole('dialog', { name: 'Labels of 2 tickets' })).toBeVisible();
  await page.keyboard.type('ref');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(page.getByText('2 tickets: Labels changed')).toBeVisible();
  await expect(rows(page).filter({ hasText: 'refund' })).toHaveCount(2);
  await page.keyboard.press('z');
  await expect(rows(page).filter({ hasText: 'refund' })).toHaveCount(0);

  await page.keyboard.press('Escape');
  await page.keyboard.press('a');
  await expect(page.getByRole('dialog', { name: 'Assign #2' })).toBeVisible();
  await page.keyboard.type('kofi');
  await page.keyboard.press('Enter');
  await expect(rows(page).filter({ hasText: 'Task 2' })).toContainText('You');
});

test('filters come as chips and go, and a view keeps them', async ({ desk, rota }) => {
  await rota.ticket('Plain');
  const urgent = await rota.ticket('Burning');
  const page = await desk('team_manager');
  await command(page, urgent, 'priority', { priority: 'urgent' });
  await page.goto('/inbox/all');
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press('f');
  await page.keyboard.type('urg');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await page.getByRole('button', { name: 'Remove filter: Priority Urgent' }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press('f');
  await page.keyboard.type('urg');
  await page.keyboard.press('Enter');

  await page.getByRole('button', { name: 'View', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Save as a new view' }).click();
  await expect(page.getByRole('textbox', { name: 'Name' })).toBeFocused();
  await page.keyboard.type('Fires');
  await page.getByRole('switch', { name: 'Everybody sees it' }).click();
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'Fires' })).toBeVisible();
  await expect(page.getByRole('link', { name: 'Fires 1' })).toBeVisible();
  await expect(page.getByRole('list', { name: 'Filters' }).getByRole('listitem')).toHaveText([
    /State.*Open/,
    /Priority.*Urgent/,
  ]);

  await page.getByRole('button', { name: 'Remove filter: Priority Urgent' }).click();
  await expect(rows(page)).toHaveCount(2);
  await page.getByRole('button', { name: 'View', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Save the changes to this view' }).click();
  await expect(page.getByRole('link', { name: 'Fires 2' })).toBeVisible();

  await page.getByRole('button', { name: 'View', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Rename or share this view' }).click();
  await page.getByRole('textbox', { name: 'Name' }).fill('All of them');
  await page.getByRole('button', { name: 'Save' }).click();
  await expect(page.getByRole('heading', { name: 'All of them' })).toBeVisible();

  await page.getByRole('button', { name: 'View', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Delete this view' }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
  await expect(page.getByRole('link', { name: /All of them/ })).toHaveCount(0);
});

test('a search looks through all tickets, also closed ones', async ({ desk, rota }) => {
  await rota.ticket('Refund for order 77');
  await rota.ticket('Something else');
  const page = await desk('agent');
  await expect(rows(page).first()).toBeFocused();
  await page.keyboard.press('j');
  await page.keyboard.press('e');
  await expect(page.getByText('#1: Closed')).toBeVisible();
  await page.keyboard.press('/');
  await page.keyboard.type('495490');
  await expect(rows(page)).toHaveCount(2);
  await page.keyboard.press('/');
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.type('refu');
  await page.keyboard.press('Enter');
  await expect(rows(page)).toHaveCount(1);
  await expect(rows(page)).toContainText('Closed');
  await page.keyboard.press('/');
  await page.keyboard.type(' nowhere');
  await expect(page.getByText('Nothing found')).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
});

test('a search that came before the words were filed finds them by itself', async ({ desk, rota }) => {
  await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  const early = { items: [], next: null, upToDate: false };
  await page.route('**/v1/tickets?*q=refund*', (route) => route.fulfill({ json: early }));
  await page.reload();
  await page.locator('main :focus').waitFor();
  await page.keyboard.press('/');
  await page.keyboard.type('refund');
  await expect(page.getByText('Nothing found yet')).toBeVisible();
  await page.unroute('**/v1/tickets?*q=refund*');
  // The next search may be eight seconds away.
  await expect(rows(page)).toHaveCount(1, { timeout: 30_000 });
});

test('the inbox is small, and asks for little', async ({ page, rota }) => {
  for (let at = 1; at <= 5; at += 1) await rota.ticket(`Task ${at}`);
  await page.context().addCookies([{ ...(await rota.signIn(PEOPLE.agent.email, PASSWORD)), url: rota.url }]);
  const bodies: Promise<Buffer>[] = [];
  page.on('response', (response) => {
    const isApi = new URL(response.url()).pathname.startsWith('/v1/');
    if (!isApi && response.ok()) bodies.push(response.body());
  });
  const asked = await requests(page, async () => {
    const stream = page.waitForRequest('**/v1/stream');
    await page.goto('/inbox');
    await expect(rows(page)).toHaveCount(5);
    await stream;
    await expect(page.getByRole('link', { name: 'Mine 5' })).toBeVisible();
    await page.waitForLoadState('load');
  });
  const bytes = (await Promise.all(bodies)).reduce((sum, body) => sum + gzipSync(body).length, 0);
  console.log(`${(bytes / 1024).toFixed(1)} KiB compressed; ${asked.length} requests: ${asked.join(', ')}`);
  expect(bytes).toBeLessThanOrEqual(250 * 1024);
  expect(asked.filter((request) => request === 'GET /v1/stream')).toHaveLength(1);
  expect(asked.length).toBeLessThanOrEqual(6);
});

test('moving loads nothing, and opening one ticket asks once', async ({ desk, rota }) => {
  for (let at = 1; at <= 30; at += 1) await rota.ticket(`Task ${at}`);
  const page = await desk('agent');
  await expect(rows(page).first()).toBeFocused();
  await page.clock.install();
  const moving = await requests(page, async () => {
    for (let at = 0; at < 9; at += 1) await page.keyboard.press('j');
    await page.keyboard.press('k');
    await expect(rows(page).nth(8)).toBeFocused();
    for (const at of [3, 5, 4]) await rows(page).nth(at).hover();
    await page.clock.runFor(10_000);
  });
  expect(moving).toEqual([]);
  const id = await rows(page).nth(8).getAttribute('data-id');
  const opening = await requests(page, async () => {
    const rest = page.waitForResponse(`**/v1/tickets/${id}?*`);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('article')).toBeFocused();
    await rest;
  });
  expect(opening.filter((one) => one !== VIEWING)).toEqual([`GET /v1/tickets/${id}`]);
});
