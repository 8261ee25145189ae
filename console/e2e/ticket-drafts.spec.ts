import type { Page } from '@playwright/test';
import { expect, test } from './desk';
import { PASSWORD, STORE } from './shop';
import { open, said } from './ticket';

/** What the server does not have yet, on a ticket's page. */
const waiting = (page: Page) =>
  page.getByRole('list', { name: 'Timeline' }).getByText(/sending|is sent once/);

/** Ends the session of a page from outside, as signing out in another browser does. */
async function revoke(page: Page) {
  const ended = await page.request.get('/v1/sessions');
  const { items } = (await ended.json()) as { items: { id: string; current: boolean }[] };
  for (const { id } of items) {
    await page.request.delete(`/v1/sessions/${id}`, { headers: { 'Sec-Fetch-Site': 'same-origin' } });
  }
}

const area = (page: Page) => page.getByRole('textbox', { name: 'Note' });

test('a session that ends mid-note loses no text, and the note is there once', async ({ desk, rota }) => {
  const id = await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  await open(page, id);
  await page.keyboard.press('n');
  await page.keyboard.type('Called, ');
  await revoke(page);
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await expect(dialog).toBeVisible();
  await dialog.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(area(page)).toHaveValue('Called, ');
  await expect(area(page)).toBeFocused();
  await page.keyboard.type('no answer.');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(said(page, 'noted')).toHaveCount(1);
  await page.reload();
  await expect(said(page, 'noted')).toHaveCount(1);
  await expect(said(page, 'noted')).toContainText('Called, no answer.');
});

test('a note that meets an ended session, and then a reload, is there once', async ({ desk, rota }) => {
  const id = await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  await open(page, id);
  await page.keyboard.press('n');
  await page.keyboard.type('Called, no answer.');
  await page.context().clearCookies();
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(page.getByRole('dialog', { name: 'Sign in again' })).toBeVisible();
  await page.goto(`/s/${STORE}?to=/t/${id}`);
  await page.getByLabel('Mail address').fill('meera@shop.example');
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(said(page, 'noted')).toHaveCount(1);
  await page.reload();
  await expect(said(page, 'noted')).toHaveCount(1);
});

test('offline mid-note loses no text and sends one note', async ({ desk, rota }) => {
  const id = await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  await open(page, id);
  await page.keyboard.press('n');
  await page.keyboard.type('Called, ');
  await page.context().setOffline(true);
  await page.keyboard.type('no answer.');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(waiting(page)).toBeVisible();
  await page.keyboard.type('Another one');
  await page.context().setOffline(false);
  await expect(said(page, 'noted')).toHaveCount(1);
  await expect(area(page)).toHaveValue('Another one');
  await page.reload();
  await expect(area(page)).toHaveValue('Another one');
  await expect(said(page, 'noted')).toHaveCount(1);
});

test('an answer that is lost on its way back makes no second note', async ({ desk, rota }) => {
  const id = await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  let lost = 0;
  await page.route('**/notes', async (route) => {
    if (lost > 0) return route.continue();
    lost += 1;
    await route.fetch();
    await route.abort('connectionreset');
  });
  await open(page, id);
  await page.keyboard.press('n');
  await page.keyboard.type('Called, no answer.');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(waiting(page)).toHaveCount(0);
  await page.reload();
  await expect(said(page, 'noted')).toHaveCount(1);
  expect(lost).toBe(1);
});

test('a server that restarts under an open page is healed by itself', async ({ desk, rota }) => {
  // A proxy in between may keep the stream open; then it takes the page 40 seconds of silence to see it.
  test.setTimeout(90_000);
  const id = await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  await open(page, id);
  await page.getByRole('heading', { name: 'Refund for order 77' }).waitFor();
  await rota.restart(async () => {
    await page.keyboard.press('n');
    await page.keyboard.type('Written while it was away.');
    await page.keyboard.press('ControlOrMeta+Enter');
    await expect(waiting(page)).toBeVisible();
  });
  await expect(said(page, 'noted')).toHaveCount(1, { timeout: 30_000 });
  const lead = await desk('admin');
  await open(lead, id);
  await lead.keyboard.press('n');
  await lead.keyboard.type('Seen.');
  await lead.keyboard.press('ControlOrMeta+Enter');
  await expect(said(page, 'noted')).toHaveCount(2, { timeout: 60_000 });
});

test('drafts stay with their tickets', async ({ desk, rota }) => {
  const [first, second] = [await rota.ticket('One'), await rota.ticket('Two')];
  const page = await desk('agent');
  await open(page, second);
  await page.keyboard.press('n');
  await page.keyboard.type('of the second');
  await page.keyboard.press('Escape');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: /One/ }).click();
  await expect(page).toHaveURL(new RegExp(`/t/${first}$`));
  await expect(area(page)).toHaveValue('');
  await page.keyboard.press('Escape');
  await page.getByRole('link', { name: /Two/ }).click();
  await expect(area(page)).toHaveValue('of the second');
});
