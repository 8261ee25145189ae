import { call, expect, type Page, test } from './desk';
import { look } from './look';
import { crowd, noticed, open } from './ticket';
import { bringPeople, TEAMS, toAgent, toTeam, unfold } from './whyShop';

// Three pictures of each page, each looked through by axe, take their time.
test.describe.configure({ timeout: 120_000 });

const TITLES = [
  'Call back about order 1042',
  'Refund for order 77, which came back to us last week and was never paid out to the customer’s card',
  'Change the delivery address',
  'Kurta arrived torn at the seam',
  'Is the blue one back in stock?',
  'Invoice for the tax office',
  'Parcel says delivered, but nobody has it',
  'Cancel the subscription',
];

/** Has a command done as whoever is signed in on the page. */
async function order(page: Page, id: number, command: string, body: object) {
  const key = { 'Idempotency-Key': crypto.randomUUID() };
  expect((await call(page, 'POST', `/v1/tickets/${id}/${command}`, body, key)).status).toBe(200);
}

test('the inbox', async ({ desk, rota }) => {
  for (const title of TITLES) await rota.ticket(title);
  const page = await desk('agent');
  await order(page, 2, 'labels', { add: [7] });
  await order(page, 4, 'labels', { add: [7, 8] });
  await order(page, 4, 'priority', { priority: 'urgent' });
  await order(page, 6, 'priority', { priority: 'high' });
  await order(page, 7, 'priority', { priority: 'low' });
  await page.reload();
  const rows = page.getByRole('grid').getByRole('row');
  await expect(rows).toHaveCount(TITLES.length);
  await look(page, { picture: 'inbox' });
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  await page.keyboard.press('Shift+J');
  await look(page, { picture: 'inbox-selected' });
  await page.goto('/inbox/mine?label=7&state=owned');
  await expect(rows).toHaveCount(2);
  await page.keyboard.press('f');
  await expect(page.getByRole('dialog', { name: 'Filter' })).toBeVisible();
  await look(page, { picture: 'inbox-filter' });
  await page.goto('/inbox/mine?q=nowhere');
  await expect(page.getByText('Nothing found')).toBeVisible();
  await look(page, { picture: 'inbox-search' });
  await page.goto('/inbox/unclaimed');
  await expect(page.getByText('Nothing to claim')).toBeVisible();
  await look(page, { picture: 'inbox-empty' });

  await page.setViewportSize({ width: 320, height: 600 });
  await page.getByRole('button', { name: /^Unclaimed/ }).click();
  await page.screenshot({ path: 'screenshots/inbox-views-phone.png' });
  await page.getByRole('link', { name: /^Mine/ }).click();
  await expect(rows.first()).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(320);
});

test('a ticket', async ({ desk, rota }) => {
  const id = await crowd(rota);
  const page = await desk('agent');
  await open(page, id);
  await noticed(page);
  await page.keyboard.press('Escape');
  await page.getByRole('article').evaluate((article) => article.scrollTo(0, 0));
  await look(page, { picture: 'ticket' });
  await page.keyboard.press('r');
  await page.getByRole('article').evaluate((article) => article.scrollTo(0, article.scrollHeight));
  await look(page, { picture: 'ticket-end' });
  await page.keyboard.press('Escape');
  for (const [key, name] of [
    ['a', 'assign'],
    ['l', 'labels'],
    ['s', 'snooze'],
    ['m', 'merge'],
    ['Shift+P', 'pass'],
  ] as const) {
    await page.keyboard.press(key);
    await page.getByRole('dialog').waitFor();
    await look(page, { picture: `ticket-${name}` });
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  }
  await page.goto('/t/999');
  await expect(page.getByText('Ticket #999 is not here for you')).toBeVisible();
  await look(page, { picture: 'ticket-gone' });
});

test('why: a turn, a balanced pool, and waiting', async ({ desk, rota }) => {
  bringPeople(rota);
  let turn = 0;
  for (let at = 0; at < 8; at += 1) turn = await rota.ticket(`Delivery ${at}`, toTeam(TEAMS.deliveries));
  await rota.ticket('For Pavel', toAgent('pavel@shop.example'));
  const balanced = await rota.ticket('I want my money back');
  const waiting = await rota.ticket('At night', toTeam(TEAMS.night));
  const page = await desk('admin');
  for (const [picture, id] of [
    ['why-turn', turn],
    ['why-balanced', balanced],
    ['why-waiting', waiting],
  ] as const) {
    const shows = await unfold(page, id);
    await look(page, { picture, shows });
  }
});

test('dialogs and menus', async ({ desk, rota }) => {
  await rota.ticket('Where is my parcel?');
  const page = await desk('agent');
  await rota.ticket('Call back about order 1042');
  const run = async (words: string) => {
    await page.keyboard.press('ControlOrMeta+k');
    await page.keyboard.type(words);
    await page.keyboard.press('Enter');
  };
  const shown = {
    away: () => run('go away'),
    preferences: () => run('preferences'),
    shortcuts: () => run('keyboard sh'),
    sessions: () => run('where you'),
    palette: () => page.keyboard.press('ControlOrMeta+k'),
    bell: () => page.getByRole('button', { name: /^Notices/ }).click(),
    availability: () => page.getByRole('button', { name: /^Availability/ }).click(),
    account: () => page.getByRole('button', { name: /^Account/ }).click(),
  };
  for (const [picture, show] of Object.entries(shown)) {
    await show();
    const layer = page.locator('[role="menu"], [role="dialog"]:not([aria-label="Commands"])');
    await (picture === 'palette' ? page.getByRole('dialog', { name: 'Commands' }) : layer.last()).waitFor();
    await look(page, { picture });
    await page.keyboard.press('Escape');
    await expect(page.locator('[role="dialog"], [role="menu"]')).toHaveCount(0);
  }
});

test('signing in', async ({ page, rota }) => {
  for (const [picture, path] of [
    ['sign-in', '/s/shop'],
    ['invitation', rota.invite('meera@shop.example')],
    ['invitation-void', '/s/shop/invitation'],
  ] as const) {
    await page.goto('about:blank');
    await page.goto(path);
    await page.getByRole('heading', { level: 1 }).waitFor();
    await expect(page).toHaveTitle(/· Rota$/);
    await look(page, { picture });
  }
});
