import { call, expect, focused, type Page, test } from './desk';
import { PEOPLE } from './shop';
import { open } from './ticket';

async function openPalette(page: Page) {
  await page.keyboard.press('ControlOrMeta+k');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
}

/** The titles of the palette's commands. */
async function commandsOf(page: Page): Promise<string[]> {
  await openPalette(page);
  const titles = await page
    .getByRole('dialog')
    .getByRole('option')
    .locator('> span:nth-child(2)')
    .allInnerTexts();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeHidden();
  return titles;
}

/** Those that end the session, or taking tickets, come after the others. */
const isLast = (title: string) => /away|sign out/i.test(title);
/** Those that are there as long as a notice is unread. */
const needsNotice = (title: string) => /unread|as read/i.test(title);

test('every command of a list and a ticket runs from the palette, and the focus stays', async ({
  desk,
  rota,
}) => {
  test.setTimeout(240_000);
  const page = await desk('agent');
  const list = async () => '/inbox/mine';
  const ticket = async () => `/t/${await rota.ticket('Where is my parcel?')}`;
  for (const place of [list, ticket]) {
    const go = async () => {
      await page.goto(await place());
      await page.locator(place === list ? '[data-current]' : 'article').waitFor();
    };
    const beNoticed = async () => {
      for (let more = 0; more < 4; more += 1) await ticket();
      await expect(page.getByRole('button', { name: /^Notices: \d/ })).toBeVisible();
    };
    await beNoticed();
    await go();
    const titles = await commandsOf(page);
    expect(titles.length).toBeGreaterThan(20);
    expect(titles.filter(needsNotice)).toHaveLength(2);
    for (const title of [...titles.filter((one) => !isLast(one)), ...titles.filter(isLast)]) {
      if (title === 'Sign out') continue;
      await go();
      if (needsNotice(title)) await beNoticed();
      await openPalette(page);
      await page.keyboard.type(title);
      const found = page.getByRole('dialog', { name: 'Commands' }).getByRole('option');
      await expect(found.first()).toContainText(title);
      await page.keyboard.press('Enter');
      await expect(page.getByRole('dialog', { name: 'Commands' })).toBeHidden();
      await expect.poll(() => focused(page), title).not.toBe('BODY');
      await expect(page.getByRole('alert'), title).toHaveCount(0);
    }
    await page.keyboard.press('Escape');
    await call(
      page,
      'PUT',
      `/v1/agents/${PEOPLE.agent.id}/availability`,
      { status: 'online' },
      { 'If-Match': '*' },
    );
  }
});

test('the list under ? has every shortcut that works on the page', async ({ desk, rota }) => {
  await rota.ticket('Where is my parcel?');
  const page = await desk('agent');
  await openPalette(page);
  const withKeys = page.getByRole('option').filter({ has: page.locator('kbd') });
  const titles = await withKeys.locator('> span:nth-child(2)').allInnerTexts();
  await page.keyboard.press('Escape');
  await page.keyboard.press('Shift+Slash');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  for (const title of titles) await expect(dialog).toContainText(title);
  expect(titles).toContain('Next ticket');
});

test('a dialog gives the focus back to the text that it came over', async ({ desk, rota }) => {
  const id = await rota.ticket('Where is my parcel?');
  const page = await desk('agent');
  await open(page, id);
  await page.keyboard.press('n');
  await page.keyboard.type('Called, ');
  await page.keyboard.press('ControlOrMeta+k');
  await expect(page.getByRole('combobox', { name: 'Find a command' })).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await page.keyboard.type('no answer.');
  await expect(page.getByRole('textbox', { name: 'Note' })).toHaveValue('Called, no answer.');
});

test('single keys can be turned off; the palette still opens', async ({ desk }) => {
  const page = await desk('agent');
  await openPalette(page);
  await page.keyboard.type('prefer');
  await page.keyboard.press('Enter');
  await page.getByLabel('Single-key shortcuts').uncheck();
  await page.keyboard.press('Escape');
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.keyboard.press('2');
  await page.keyboard.press('b');
  await expect(page.getByRole('menu')).toHaveCount(0);
  await expect(page.getByRole('heading', { name: 'Mine' })).toBeVisible();
  await openPalette(page);
});

test('a Hindi layout has the same keys in the same places', async ({ desk, rota }) => {
  await rota.ticket('Where is my parcel?');
  await rota.ticket('Refund for order 77');
  const page = await desk('agent');
  const rows = page.getByRole('grid', { name: 'Mine' }).getByRole('row');
  await expect(rows.nth(0)).toBeFocused();
  /** A key of the InScript layout: what it writes, and where it is. */
  const press = (key: string, code: string) =>
    page.evaluate(
      ([key, code]) =>
        document.activeElement?.dispatchEvent(
          new KeyboardEvent('keydown', { key, code, bubbles: true, cancelable: true }),
        ),
      [key, code] as const,
    );
  await press('र', 'KeyJ');
  await expect(rows.nth(1)).toBeFocused();
  await press('क', 'KeyK');
  await expect(rows.nth(0)).toBeFocused();
  await press('व', 'KeyB');
  await expect(page.getByRole('menu').locator(':focus')).toBeVisible();
  await page.keyboard.press('Escape');
  await press('२', 'Digit2');
  await expect(page.getByRole('heading', { name: 'Unclaimed' })).toBeVisible();
});

test('the focus is never lost: pages, dialogs, menus, toasts, clicks on nothing', async ({ desk, rota }) => {
  const id = await rota.ticket('Where is my parcel?');
  const page = await desk('agent');
  const kept = (after: string) => expect.poll(() => focused(page), after).not.toBe('BODY');
  for (const key of [
    'Enter',
    'Escape',
    '2',
    '1',
    'b',
    'Escape',
    'Shift+A',
    'Escape',
    'Shift+Slash',
    'Escape',
  ]) {
    await page.keyboard.press(key);
    await kept(key);
  }
  await page.mouse.click(640, 700);
  await kept('a click on nothing');
  await page.goto(`/t/${id}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await kept('a ticket');
  await page.keyboard.press('e');
  await page.getByRole('button', { name: 'Undo' }).click();
  await kept('a toast that goes');
  await page.goBack();
  await kept('going back');
});

test('landmarks, the skip link, titles and what is spoken', async ({ desk, rota }) => {
  const page = await desk('agent');
  for (const role of ['banner', 'navigation', 'main'] as const)
    await expect(page.getByRole(role)).toHaveCount(1);
  await expect(page).toHaveTitle('Mine · Rota');
  await page.reload();
  await page.locator('main :focus').waitFor();
  const skip = page.getByRole('link', { name: 'Skip to content' });
  await skip.focus();
  await expect(skip).toBeInViewport();
  await page.keyboard.press('Enter');
  await expect(page.getByRole('main')).toBeFocused();
  const id = await rota.ticket('Where is my parcel?');
  await expect(page.getByRole('status').filter({ hasText: `number ${id}` })).toBeAttached();
  await page.goto('/t/999');
  await expect(page.getByText('Ticket #999 is not here for you')).toBeVisible();
});
