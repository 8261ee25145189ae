import type { Page } from '@playwright/test';
import { call, expect, focused, test } from './desk';
import { PEOPLE } from './shop';

const bell = (page: Page) => page.getByRole('button', { name: /^Notices/ });

/** What the page told the system: its notifications by title, and how many notes of sound it began. */
interface Told {
  notifications: string[];
  notes: number;
}

/** Writes down what leaves the page for the system, which a test cannot see; must be called before the page loads. */
async function overhear(page: Page) {
  await page.addInitScript(() => {
    const told: Told = { notifications: [], notes: 0 };
    Object.assign(window, { told });
    window.Notification = class extends EventTarget {
      static permission = 'granted';
      static requestPermission = async () => 'granted';
      constructor(title: string) {
        super();
        told.notifications.push(title);
      }
      close() {}
    } as unknown as typeof Notification;
    const start = OscillatorNode.prototype.start;
    OscillatorNode.prototype.start = function (...when) {
      told.notes += 1;
      start.apply(this, when);
    };
  });
}

const told = (page: Page) => page.evaluate(() => (window as unknown as { told: Told }).told);

async function another(page: Page, path: string): Promise<Page> {
  const tab = await page.context().newPage();
  await overhear(tab);
  await tab.goto(path);
  await tab.getByRole('heading', { level: 1 }).waitFor();
  return tab;
}

test('what is assigned is counted in the tab and the bell, and read by opening it, by keyboard', async ({
  desk,
  rota,
}) => {
  const page = await desk('agent');
  const id = await rota.ticket('Where is my parcel?');
  await expect(bell(page)).toHaveAccessibleName('Notices: 1 unread');
  await expect(page).toHaveTitle('(1) Mine · Rota');
  await expect(page.getByText(`Assigned to you: number ${id}, Where is my parcel?`)).toBeAttached();

  await page.keyboard.press('b');
  const line = page.getByRole('menuitem', { name: /Where is my parcel/ });
  await expect(line).toBeVisible();
  await expect(line).toBeFocused();
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/t/${id}$`));
  await expect(page).toHaveTitle(/^Where is my parcel\? #\d+ · Rota$/);
  await expect(bell(page)).toHaveAccessibleName('Notices: none unread');
  expect(await focused(page)).not.toBe('BODY');

  await page.reload();
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.keyboard.press('b');
  await expect(line).toBeVisible();
});

test('mentions and waking tell, one own deeds do not', async ({ desk, rota }) => {
  const [page, admin] = [await desk('agent'), await desk('admin')];
  const id = await rota.ticket('Where is my parcel?');
  await expect(page).toHaveTitle(/^\(1\)/);
  await page.keyboard.press('Shift+B');
  await expect(page).toHaveURL(new RegExp(`/t/${id}$`));
  await page.keyboard.press('i');
  await expect(page).toHaveTitle('Mine · Rota');

  const me = PEOPLE.agent.id;
  await call(admin, 'POST', `/v1/tickets/${id}/notes`, { text: 'Please look.', mentions: [me] });
  await expect(page).toHaveTitle(/^\(1\)/);
  await call(page, 'POST', `/v1/tickets/${id}/notes`, { text: 'Mine.', mentions: [me] });
  await call(page, 'POST', `/v1/tickets/${id}/snooze`, { until: '2099-01-01T09:00:00Z' });
  await call(page, 'POST', `/v1/tickets/${id}/wake`, {});
  await call(page, 'POST', `/v1/tickets/${id}/snooze`, { until: '2099-01-01T09:00:00Z' });
  await call(admin, 'POST', `/v1/tickets/${id}/wake`, {});
  await expect(page).toHaveTitle(/^\(2\)/);
  await page.keyboard.press('b');
  await expect(page.getByRole('menuitem', { name: /parcel/ })).toHaveCount(3);
  await expect(page.getByRole('menuitem', { name: /Back with you/ })).toHaveCount(1);
  await page.getByRole('menuitem', { name: 'Mark all as read' }).click();
  await expect(page).toHaveTitle('Mine · Rota');
});

test('coming online tells of what is handed out by it', async ({ desk, rota }) => {
  const page = await desk('agent');
  await page.keyboard.press('Shift+A');
  await page.getByRole('button', { name: 'Go away', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await rota.ticket('Where is my parcel?');
  await page.keyboard.press('Shift+A');
  await expect(page).toHaveTitle(/^\(1\)/);
});

test('one tab alone notifies and sounds, and none while the ticket is looked at', async ({ desk, rota }) => {
  const first = await desk('agent');
  await overhear(first);
  await first.reload();
  await first.getByRole('heading', { level: 1 }).waitFor();
  await first.keyboard.press('ControlOrMeta+k');
  await expect(first.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  await first.keyboard.type('prefer');
  await first.keyboard.press('Enter');
  const dialog = first.getByRole('dialog', { name: 'Preferences' });
  await expect(dialog.getByLabel('Browser notification')).not.toBeChecked();
  await dialog.getByLabel('Browser notification').check();
  await dialog.getByLabel('Quiet sound').check();
  await expect.poll(async () => (await told(first)).notes).toBe(2);
  await first.keyboard.press('Escape');
  await expect(dialog).toBeHidden();
  const second = await another(first, '/inbox');

  const id = await rota.ticket('Where is my parcel?');
  await expect.poll(async () => (await told(first)).notifications).toEqual([`#${id} Where is my parcel?`]);
  await expect.poll(async () => (await told(first)).notes).toBe(4);
  await expect(second).toHaveTitle(/^\(1\)/);
  expect(await told(second)).toEqual({ notifications: [], notes: 0 });

  // Looked at in the second tab, it is nothing to tell of; the one after it is.
  await second.goto(`/t/${id}`);
  await expect(second).toHaveTitle(/^Where is my parcel/);
  const admin = await desk('admin');
  const mention = { text: 'Please look.', mentions: [PEOPLE.agent.id] };
  await call(admin, 'POST', `/v1/tickets/${id}/notes`, mention);
  await expect(second.getByText('Please look.')).toBeVisible();
  const other = await rota.ticket('Refund for order 77');
  await expect
    .poll(async () => (await told(first)).notifications.at(-1))
    .toBe(`#${other} Refund for order 77`);
  expect((await told(first)).notifications).toHaveLength(2);

  // Another tab goes on with it.
  await first.close();
  const last = await rota.ticket('Change the delivery address');
  await expect
    .poll(async () => (await told(second)).notifications)
    .toEqual([`#${last} Change the delivery address`]);
});

test('kinds that are not wanted are not told', async ({ desk, rota }) => {
  const page = await desk('agent');
  await page.getByRole('button', { name: /^Account/ }).click();
  await page.getByRole('menuitem', { name: 'Preferences' }).click();
  await page.getByLabel('A ticket is assigned to me').uncheck();
  await page.keyboard.press('Escape');
  await rota.ticket('Where is my parcel?');
  await expect(page.getByRole('link', { name: /Where is my parcel/ })).toBeVisible();
  await expect(page).toHaveTitle('Mine · Rota');
});

test('what one is mailed about is chosen where the server sends mail, and holds everywhere', async ({
  desk,
  rota,
}) => {
  const page = await desk('agent');
  const preferences = async (on: Page) => {
    await on.getByRole('button', { name: /^Account/ }).click();
    await on.getByRole('menuitem', { name: 'Preferences' }).click();
    return on.getByRole('dialog', { name: 'Preferences' });
  };
  const answered = page.waitForResponse('**/v1/session/notifications');
  const without = await preferences(page);
  await answered;
  await expect(without.getByRole('region', { name: 'Mail me when' })).toHaveCount(0);

  rota.settings = { ROTA_SMTP_URL: 'smtp://127.0.0.1:9', ROTA_MAIL_FROM: 'Desk <desk@shop.example>' };
  await rota.restart();
  await page.reload();
  const mail = (await preferences(page)).getByRole('region', { name: 'Mail me when' });
  await expect(mail.getByLabel('A note mentions me')).toBeChecked();
  await mail.getByLabel('A ticket is assigned to me').check();
  await expect
    .poll(async () => (await call(page, 'GET', '/v1/session/notifications')).body)
    .toMatchObject({ mail: { assigned: true, mentioned: true }, chosen: true });
  await page.reload();
  await expect((await preferences(page)).getByRole('region', { name: 'Mail me when' })).toBeVisible();
  await expect(mail.getByLabel('A ticket is assigned to me')).toBeChecked();
});
