import AxeBuilder from '@axe-core/playwright';
import { call, everybodyIsKnown, expect, focused, test } from './desk';
import { PASSWORD, PEOPLE, STORE } from './shop';

const { email, id: me } = PEOPLE.agent;

test('too many tries are held off for a told time, and what was typed stays', async ({ page, rota }) => {
  await rota.signIn(email, PASSWORD);
  await page.goto(`/s/${STORE}`);
  await page.getByLabel('Mail address').fill(email);
  const password = page.getByLabel('Password', { exact: true });
  await password.fill(PASSWORD);
  // Five are free, and one more every ten seconds: at once, so that none becomes free meanwhile.
  const wrong = { storeId: STORE, email, password: 'not it' };
  await Promise.allSettled(Array.from({ length: 5 }, () => rota.post('/v1/session', wrong)));
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('Too many tries.');
  const button = page.getByRole('button', { name: /Try again in \d+ s/ });
  await expect(button).toBeDisabled();
  await expect(page.getByLabel('Mail address')).toHaveValue(email);
  await expect(page.getByRole('button', { name: 'Sign in' })).toBeEnabled({ timeout: 15_000 });
  await password.press('Enter');
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
});

test('a store that is not there, and no server', async ({ page, context }) => {
  await page.goto('/s/nosuchstore');
  await page.getByLabel('Mail address').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('The mail address or the password is wrong.');
  await expect(page.getByText('it names the store nosuchstore')).toBeVisible();
  await context.setOffline(true);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('The server cannot be reached.');
  expect(await focused(page)).toBe('INPUT');
});

test('an invitation takes a password by the rules, once', async ({ page, rota }) => {
  const link = rota.invite(email);
  await page.goto(link);
  const password = page.getByLabel('Password', { exact: true });
  await expect(password).toBeFocused();
  await page.keyboard.type('short');
  await expect(page.getByText('5 more characters.')).toBeVisible();
  await page.keyboard.press('Enter');
  await expect(page.getByText('The password has at least 10 characters.')).toBeVisible();
  await expect(password).toBeFocused();
  await password.fill(email);
  await page.keyboard.press('Enter');
  await expect(page.getByText('The password is not your mail address.')).toBeVisible();
  await password.fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
  await page.goto('/s/x');
  await page.goto(link);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByText('This invitation no longer works')).toBeVisible();
});

test('an ended session keeps the page and what was typed, and sends once what was under way', async ({
  desk,
  rota,
}) => {
  const [page, admin] = [await desk('agent'), await desk('admin')];
  const id = await rota.ticket('Where is my parcel?');
  await page.goto(`/t/${id}`);
  await page.getByRole('heading', { name: 'Where is my parcel?' }).waitFor();
  await page.keyboard.press('Shift+A');
  await page.getByLabel('Reason').fill('lunch');
  await call(admin, 'DELETE', `/v1/agents/${me}/sessions`);
  const dialog = page.getByRole('dialog', { name: 'Sign in again' });
  await expect(dialog).toBeVisible();
  await expect(dialog.getByLabel('Password', { exact: true })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(dialog.getByLabel('Mail address')).toHaveValue(email);
  await page.keyboard.type('something else');
  await page.keyboard.press('Enter');
  await expect(dialog.getByRole('alert')).toHaveText('The mail address or the password is wrong.');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByLabel('Reason')).toHaveValue('lunch');
  await page.getByRole('button', { name: 'Go away', exact: true }).click();
  await expect(page.getByRole('button', { name: /^Availability/ })).toHaveText('Away, lunch');

  // Without the stream the page learns of the end by the command, which waits and goes once.
  await page.route('**/v1/stream', (route) => route.abort());
  await page.reload();
  await page.getByRole('heading', { name: 'Where is my parcel?' }).waitFor();
  await everybodyIsKnown(page);
  await call(admin, 'DELETE', `/v1/agents/${me}/sessions`);
  await page.keyboard.press('e');
  await expect(dialog.getByLabel('Password', { exact: true })).toBeFocused();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(dialog).toBeHidden();
  await expect(page.getByText(`#${id}: Closed`)).toBeVisible();
  const { body } = await call(admin, 'GET', `/v1/tickets/${id}/timeline`);
  const kinds = (body as { entries: { kind: string }[] }).entries.map(({ kind }) => kind);
  expect(kinds.filter((kind) => kind === 'closed')).toHaveLength(1);
  expect(await focused(page)).not.toBe('BODY');
});

test('one sees where one is signed in, and signs out there', async ({ desk, page: other, rota }) => {
  const page = await desk('agent');
  await other.goto(`/s/${STORE}`);
  await other.getByLabel('Mail address').fill(email);
  await other.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await other.keyboard.press('Enter');
  await expect(other.getByRole('heading', { name: 'Mine' })).toBeVisible();

  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Where you are signed in' }).click();
  const dialog = page.getByRole('dialog', { name: 'Where you are signed in' });
  await expect(dialog.getByRole('listitem')).toHaveCount(2);
  await expect(dialog.getByRole('listitem').filter({ hasText: 'This browser' })).toHaveCount(1);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await dialog.getByRole('button', { name: /^Sign out of/ }).click();
  await expect(dialog.getByText('Signed out there.')).toBeVisible();
  await expect(dialog.getByRole('listitem')).toHaveCount(1);
  expect(await focused(page)).not.toBe('BODY');
  await expect(other.getByRole('dialog', { name: 'Sign in again' })).toBeVisible();
  expect(rota.url).toBeTruthy();
});

test('signing out takes all tabs of the browser along', async ({ desk }) => {
  const page = await desk('agent');
  const second = await page.context().newPage();
  await second.goto('/inbox');
  await second.getByRole('heading', { level: 1 }).waitFor();
  await page.evaluate((store) => localStorage.setItem('rota-store', store), STORE);
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Sign out' }).click();
  for (const tab of [page, second]) {
    await expect(tab).toHaveURL(new RegExp(`/s/${STORE}`));
    await expect(tab.getByRole('heading', { name: 'Sign in' })).toBeVisible();
  }
});

test('a desk that cannot be loaded says so and tries again', async ({ desk }) => {
  const page = await desk('agent');
  await page.route('**/v1/**', (route) => route.abort());
  await page.goto('/inbox');
  await expect(page.getByText('This could not be shown')).toBeVisible({ timeout: 20_000 });
  await expect(page.getByRole('main')).toContainText('The server cannot be reached.');
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await page.unroute('**/v1/**');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
});
