import { expect, focused, test } from './desk';
import { PASSWORD, PEOPLE, STORE } from './shop';

test('from the invitation to a closed ticket and back, by keyboard alone', async ({ page, rota }) => {
  await rota.ticket('Call back about order 1042');
  const second = await rota.ticket('Refund for order 77');

  await page.goto(rota.invite(PEOPLE.agent.email));
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');

  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
  const rows = page.getByRole('grid', { name: 'Mine' }).getByRole('row');
  await expect(rows).toHaveCount(2);
  await expect(rows.nth(0)).toBeFocused();
  await page.keyboard.press('j');
  await expect(rows.nth(1)).toBeFocused();
  await page.keyboard.press('k');
  await page.keyboard.press('Enter');

  await expect(page).toHaveURL(`${rota.url}/t/${second}`);
  await expect(page.getByRole('heading', { name: 'Refund for order 77' })).toBeVisible();
  expect(await focused(page)).not.toBe('BODY');

  await page.keyboard.press('e');
  await expect(page.getByRole('heading', { name: 'Call back about order 1042' })).toBeVisible();
  await expect(page.getByText(`#${second}: Closed`)).toBeVisible();
  await page.keyboard.press('z');
  await expect(page.getByText(`#${second}: taken back`)).toBeVisible();

  await page.keyboard.press('Escape');
  await expect(rows).toHaveCount(2);
  expect(await focused(page)).not.toBe('BODY');
});

test('a wrong password says so and keeps the mail address', async ({ page, rota }) => {
  await rota.signIn(PEOPLE.agent.email, PASSWORD);
  await page.goto(`/s/${STORE}`);
  await expect(page.getByLabel('Mail address')).toBeFocused();
  await page.keyboard.type(PEOPLE.agent.email);
  await page.keyboard.press('Tab');
  await page.keyboard.type('something else');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('alert')).toHaveText('The mail address or the password is wrong.');
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
});

test('a ticket that is posted comes in by itself', async ({ desk, rota }) => {
  const page = await desk('agent');
  await expect(page.getByText('All done')).toBeVisible();
  await rota.ticket('Where is my parcel?');
  await expect(page.getByRole('link', { name: /Where is my parcel/ })).toBeVisible();
});

test('the palette runs commands, and the list under ? has them', async ({ desk }) => {
  const page = await desk('agent');
  await page.keyboard.press('ControlOrMeta+k');
  await expect(page.getByRole('dialog', { name: 'Commands' }).getByRole('combobox')).toBeFocused();
  await page.keyboard.type('all op');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'All open' })).toBeVisible();
  await page.keyboard.press('Shift+Slash');
  await expect(page.getByRole('dialog', { name: 'Keyboard shortcuts' })).toContainText('Next ticket');
  await page.keyboard.press('Escape');
  expect(await focused(page)).not.toBe('BODY');
});
