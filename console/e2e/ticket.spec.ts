import type { Page } from '@playwright/test';
import { expect, focused, test } from './desk';
import { PASSWORD, PEOPLE } from './shop';
import { crowd, open, said } from './ticket';

test('from the first sign-in to a settled ticket, by keyboard alone', async ({ page, rota }) => {
  await rota.ticket('Refund for order 77');
  await rota.ticket('Call back about order 1042');
  await page.goto(rota.invite(PEOPLE.agent.email));
  await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
  await page.keyboard.type(PASSWORD);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('grid', { name: 'Mine' }).getByRole('row')).toHaveCount(2);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Call back about order 1042' })).toBeVisible();

  await page.keyboard.press('n');
  await page.keyboard.type('Called. @kof');
  await expect(page.getByRole('listbox', { name: 'Colleagues' })).toBeVisible();
  await page.keyboard.press('Tab');
  await page.keyboard.type('knows the rest.');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(said(page, 'noted')).toContainText('Called. @Kofi Mensah knows the rest.');
  await page.keyboard.press('Escape');

  await page.keyboard.press('l');
  await page.keyboard.type('ref');
  await page.keyboard.press('Enter');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('complementary', { name: 'Facts' })).toContainText('refund');
  await page.keyboard.press('p');
  await page.keyboard.type('hi');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('complementary', { name: 'Facts' })).toContainText('High');

  await page.keyboard.press('s');
  await page.keyboard.type('in 3 hours');
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Refund for order 77' })).toBeVisible();
  await expect(page.getByText('#2: Snoozed')).toBeVisible();
  await page.keyboard.press('e');
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
  await expect(page.getByText('#1: Closed')).toBeVisible();
  await page.keyboard.press('z');
  await expect(page.getByText('#1: taken back')).toBeVisible();
  expect(await focused(page)).not.toBe('BODY');
});

test('a context is read as a table, its links are safe, and nothing in it is HTML', async ({
  desk,
  rota,
}) => {
  const id = await crowd(rota);
  const page = await desk('agent');
  await open(page, id);
  const context = page.getByRole('region', { name: 'Context' });
  await expect(context.getByRole('rowheader', { name: 'city' })).toBeVisible();
  const link = context.getByRole('link', { name: 'https://track.example/AB12345' });
  await expect(link).toHaveAttribute('rel', 'noopener noreferrer');
  await expect(link).toHaveAttribute('target', '_blank');
  await expect(context).toContainText('<b>Please call</b>');
  await context.getByRole('button', { name: 'As it came' }).click();
  await expect(context).toContainText('{"order":1042');
});

test('an answer opens WhatsApp with its text and is recorded', async ({ desk, rota }) => {
  const id = await crowd(rota);
  const page = await desk('agent');
  await page.context().route('https://wa.me/**', (route) => route.fulfill({ body: 'chat' }));
  await open(page, id);
  await page.keyboard.press('r');
  await page.keyboard.type('It is on its way & paid.');
  const opened = page.waitForEvent('popup');
  await page.keyboard.press('ControlOrMeta+Enter');
  const chat = await opened;
  await expect(chat).toHaveURL('https://wa.me/918095495490?text=It%20is%20on%20its%20way%20%26%20paid.');
  await expect(said(page, 'answered')).toContainText('It is on its way & paid.');
  await expect(page.getByRole('textbox', { name: 'Answer' })).toHaveValue('');
});

test('what a customer says opens a closed ticket again', async ({ desk, rota }) => {
  const id = await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  await open(page, id);
  await page.keyboard.press('e');
  await expect(page.getByText(`#${id}: Closed`)).toBeVisible();
  await open(page, id);
  await expect(page.getByRole('button', { name: 'Open again' })).toBeVisible();
  await page.getByRole('radio', { name: 'From the customer' }).check();
  await page.getByRole('textbox', { name: 'From the customer' }).fill('It came back!');
  await page.keyboard.press('ControlOrMeta+Enter');
  await expect(said(page, 'wrote')).toContainText('It came back!');
  await expect(page.getByRole('listitem').filter({ hasText: 'opened it again' }).last()).toBeVisible();
  await expect(page.getByRole('button', { name: 'Close' })).toBeVisible();
});

test('of many other tickets of a customer the first are shown, and the rest on request', async ({
  desk,
  rota,
}) => {
  for (let more = 0; more < 6; more += 1) await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  await open(page, 6);
  const others = page.getByRole('list', { name: 'Also open' }).getByRole('link');
  await expect(others).toHaveCount(3);
  await page.getByRole('button', { name: '2 more' }).click();
  await expect(others).toHaveCount(5);
  await page.getByRole('button', { name: 'Fewer' }).click();
  await expect(others).toHaveCount(3);
});

test('a customer’s other ticket is merged into this one, and taken apart again', async ({ desk, rota }) => {
  const first = await rota.ticket('Refund for order 77');
  const second = await rota.ticket('Refund for order 77, again');
  const page = await desk('agent');
  await open(page, first);
  await page.getByRole('button', { name: `Merge #${second} into this` }).click();
  await expect(page.getByRole('list', { name: 'Also open' })).toBeHidden();
  // What happened to it is told with what happened to this one.
  await expect(page.getByRole('list', { name: 'Timeline' })).toContainText(
    `#${second}: Meera Iyer merged it into #${first}`,
  );
  await page.getByRole('button', { name: /1 ticket earlier/ }).click();
  await page.getByRole('link', { name: /Refund for order 77, again/ }).click();
  await expect(page.getByText(`into #${first}`).first()).toBeVisible();
  await page.getByRole('button', { name: 'Take the merge apart' }).click();
  await expect(page.getByRole('button', { name: 'Close' })).toBeVisible();

  await page.keyboard.press('m');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(new RegExp(`/t/${first}$`));
});

test('a colleague’s ticket says what one may not do with it', async ({ desk, rota }) => {
  const id = await rota.ticket('Refund for order 77', { assignmentType: 'SPECIFIC_TEAM', teamId: 31 });
  const lead = await desk('team_manager');
  await open(lead, id);
  await lead.keyboard.press('a');
  await expect(lead.getByRole('combobox', { name: 'Assign to' })).toBeFocused();
  await lead.keyboard.type('ines');
  await lead.keyboard.press('Enter');
  await expect(lead.getByText(`#${id}: Assigned`)).toBeVisible();
  const page = await desk('agent');
  await open(page, id);
  await expect(page.getByText("This is Ines Duarte's ticket.")).toBeVisible();
  await expect(
    page.getByRole('toolbar', { name: 'Ticket' }).getByRole('button', { name: 'Close' }),
  ).toHaveCount(0);
  await page.keyboard.press('e');
  await expect(page.getByRole('heading', { name: 'Refund for order 77' })).toBeVisible();
});

test('a ticket that goes out of sight says so, with what one had written', async ({ desk, rota }) => {
  const id = await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  await open(page, id);
  await page.keyboard.press('n');
  await page.keyboard.type('Half a thought');
  const lead = await desk('admin');
  await open(lead, id);
  await lead.keyboard.press('a');
  await expect(lead.getByRole('combobox', { name: 'Assign to' })).toBeFocused();
  await lead.keyboard.type('kofi');
  await lead.keyboard.press('Enter');
  await expect(page.getByText(`Ticket #${id} is not here for you`)).toBeVisible();
  await expect(page.getByText('Half a thought')).toBeVisible();
  expect(await focused(page)).not.toBe('BODY');
  await page.keyboard.press('Escape');
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
});

test('the focus is never lost through the menus', async ({ desk, rota }) => {
  await crowd(rota);
  const page = await desk('agent');
  await expect(page.getByRole('grid', { name: 'Mine' }).getByRole('row').first()).toBeFocused();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { level: 1, name: /Asha Rao/ }).waitFor();
  await page.evaluate(() => {
    const lost: string[] = [];
    Object.assign(window, { lost });
    const look = () => {
      if (document.activeElement === document.body) lost.push(new Date().toISOString());
      requestAnimationFrame(look);
    };
    look();
  });
  for (const key of ['a', 'l', 's', 'p', 'g', 'm', 'Shift+P']) {
    await page.keyboard.press(key);
    await expect(page.getByRole('dialog').locator(':focus')).toBeVisible();
    await page.keyboard.press('Escape');
    await expect(page.getByRole('dialog')).toHaveCount(0);
    await expect(page.getByRole('article')).toBeFocused();
  }
  // Escape is the dialog's also where no text field has the focus.
  await page.keyboard.press('a');
  await page.getByRole('dialog').locator(':focus').waitFor();
  await page.getByRole('dialog').evaluate((dialog) => {
    dialog.tabIndex = -1;
    dialog.focus();
  });
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await expect(page.getByRole('article')).toBeFocused();
  await page.getByRole('button', { name: 'Normal' }).click();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('button', { name: 'Normal' })).toBeFocused();
  expect(await page.evaluate(() => (window as unknown as { lost: string[] }).lost)).toEqual([]);
});

/** Loads the list anew: a page that was there before a route may send what it asks for next past it. */
async function again(page: Page) {
  await page.reload();
  await expect(page.getByRole('grid', { name: 'Mine' }).getByRole('row').first()).toBeFocused();
}

test('a ticket is there at once, and what is typed stays when the rest of it comes', async ({
  desk,
  rota,
}) => {
  await rota.ticket('Refund for order 77', { context: 'Paid twice' });
  const page = await desk('agent');
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  await page.route('**/v1/tickets/1?*', (route) => held.then(() => route.continue()));
  await again(page);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Refund for order 77' })).toBeVisible();
  await page.keyboard.press('n');
  await page.keyboard.type('Half a thought');
  await expect(page.getByRole('textbox', { name: 'Note' })).toHaveValue('Half a thought');
  await expect(page.getByRole('heading', { name: 'Context' })).toHaveCount(0);
  release();
  await expect(page.getByRole('article').getByText('Paid twice')).toBeVisible();
  await expect(page.getByRole('textbox', { name: 'Note' })).toBeFocused();
  await expect(page.getByRole('textbox', { name: 'Note' })).toHaveValue('Half a thought');
});

test('a ticket of which only what the list knows can be loaded says so, and tries again', async ({
  desk,
  rota,
}) => {
  await rota.ticket('Refund for order 77', { context: 'Paid twice' });
  const page = await desk('agent');
  const refusal = { status: 403, code: 'forbidden', type: 'about:blank', title: 'No', detail: 'not now' };
  await page.route('**/v1/tickets/1?*', (route) => route.fulfill({ status: 403, json: refusal }));
  await again(page);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { name: 'Refund for order 77' })).toBeVisible();
  await expect(page.getByText('The rest of this ticket could not be loaded')).toBeVisible();
  await page.unroute('**/v1/tickets/1?*');
  await page.getByRole('button', { name: 'Try again' }).click();
  await expect(page.getByRole('article').getByText('Paid twice')).toBeVisible();
  await expect(page.getByText('The rest of this ticket could not be loaded')).toHaveCount(0);
  expect(await focused(page)).not.toBe('BODY');
});
