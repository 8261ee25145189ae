import type { Page } from '@playwright/test';
import { call, expect, focused, test } from './desk';
import { PEOPLE } from './shop';

const ME = PEOPLE.agent.id;
const button = (page: Page) => page.getByRole('button', { name: /^Availability/ });

const set = async (page: Page, id: number, availability: object) => {
  const path = `/v1/agents/${id}/availability`;
  const { status } = await call(page, 'PUT', path, availability, { 'If-Match': '*' });
  expect(status).toBe(200);
};
/** Sets the agent's availability as an admin does elsewhere. */
const setElsewhere = (admin: Page, availability: object) => set(admin, ME, availability);

/** A time as the page says it: in the last half hour of a day, an end in half an hour is another day's. */
const inWords = (page: Page, at: string) =>
  page.evaluate((at) => {
    const then = new Date(at);
    const time = then.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit' });
    const day = then.toLocaleDateString(undefined, { day: 'numeric', month: 'short' });
    return then.toDateString() === new Date().toDateString() ? time : `${day}, ${time}`;
  }, at);

test('going away with a reason and an end, by keyboard, and back', async ({ desk, rota }) => {
  const page = await desk('agent');
  await rota.ticket('Call back about order 1042');
  await rota.ticket('Refund for order 77');
  await expect(button(page)).toHaveText('Available');

  await page.keyboard.press('Shift+A');
  const dialog = page.getByRole('dialog', { name: 'Go away' });
  await expect(dialog.getByLabel('Reason')).toBeFocused();
  await expect(dialog.getByText('Give my 2 untouched tickets to others')).toBeVisible();
  await page.keyboard.type('lunch');
  await dialog.getByLabel('In 30 minutes').check();
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(button(page)).toHaveText(/^Away, lunch, until /);
  expect(await focused(page)).not.toBe('BODY');

  const { body } = await call(page, 'GET', `/v1/agents/${ME}/availability`);
  expect(body).toMatchObject({ status: 'away', reason: 'lunch', until: expect.any(String) });
  const { until } = body as { until: string };
  await expect(button(page)).toHaveText(`Away, lunch, until ${await inWords(page, until)}`);
  await page.keyboard.press('Shift+A');
  await expect(button(page)).toHaveText('Available');
  await expect
    .poll(async () => (await call(page, 'GET', `/v1/agents/${ME}/availability`)).body)
    .toEqual({ status: 'online' });
});

test('untouched tickets are given on', async ({ desk, rota }) => {
  const [page, admin] = [await desk('agent'), await desk('admin')];
  const id = await rota.ticket('Where is my parcel?');
  await set(admin, PEOPLE.admin.id, { status: 'online' });
  await page.keyboard.press('Shift+A');
  await page.getByLabel('Give my 1 untouched ticket to others').check();
  await page.getByRole('button', { name: 'Go away', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  const { body } = await call(admin, 'GET', `/v1/tickets/${id}`);
  expect(body).toMatchObject({ agentId: PEOPLE.admin.id });
});

test('what is changed elsewhere shows, and is not overwritten by what was not seen', async ({ desk }) => {
  const [page, admin] = [await desk('agent'), await desk('admin')];
  await setElsewhere(admin, { status: 'away', reason: 'training' });
  await expect(button(page)).toHaveText('Away, training');
  await setElsewhere(admin, { status: 'online' });
  await expect(button(page)).toHaveText('Available');

  // The page hears nothing any more, so that it goes on showing what is over.
  await page.route('**/v1/stream', (route) => route.abort());
  await page.reload();
  await expect(button(page)).toHaveText('Available');
  await page.keyboard.press('Shift+A');
  await page.getByLabel('Reason').fill('lunch');
  await setElsewhere(admin, { status: 'away', reason: 'training' });
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toContainText('Changed elsewhere to: Away, training.');
  await expect(button(page)).toHaveText('Away, training');
  await expect(page.getByLabel('Reason')).toHaveValue('lunch');
  await page.getByLabel('Reason').press('Enter');
  await expect(button(page)).toHaveText('Away, lunch');
});

test('the menu and the palette set it too', async ({ desk }) => {
  const page = await desk('agent');
  await button(page).click();
  await page.getByRole('menuitem', { name: 'In 15 minutes' }).click();
  await expect(button(page)).toHaveText(/^Away, until /);
  expect(await focused(page)).not.toBe('BODY');
  await page.keyboard.press('ControlOrMeta+k');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.type('become av');
  await page.keyboard.press('Enter');
  await expect(button(page)).toHaveText('Available');
});

test('who does nothing is asked first; an answer keeps them, silence takes them away', async ({ desk }) => {
  test.setTimeout(180_000);
  const admin = await desk('admin');
  const change = await call(admin, 'PATCH', '/v1/settings', { idleAfter: '1m' }, { 'If-Match': '*' });
  expect(change.status).toBe(200);
  const page = await desk('agent');
  const asked = page.getByRole('dialog', { name: 'Still there?' });
  await expect(asked).toBeVisible({ timeout: 45_000 });
  await expect(asked).toContainText(/in \d+ s/);
  await expect(asked.locator('button:focus')).toBeVisible();

  // What is done in another tab counts.
  const other = await page.context().newPage();
  await other.goto('/inbox');
  await other.getByRole('heading', { level: 1 }).waitFor();
  await other.keyboard.press('j');
  await expect(asked).toBeHidden();

  await expect(asked).toBeVisible({ timeout: 60_000 });
  await expect(button(page)).toHaveText('Away, idle', { timeout: 60_000 });
  const away = page.getByRole('dialog', { name: 'You are away' });
  await expect(away).toBeVisible();
  await away.getByRole('button', { name: 'Become available' }).click();
  await expect(button(page)).toHaveText('Available');
  await expect(page.getByRole('dialog')).toBeHidden();
});
