import { expect, requests, test } from '../e2e/desk';
import { PASSWORD, PEOPLE } from '../e2e/shop';
import { figure } from './figures';

test('what the inbox and a ticket ask of the network', async ({ page, rota }) => {
  for (let at = 1; at <= 30; at += 1) await rota.ticket(`Task ${at}`);
  await page.context().addCookies([{ ...(await rota.signIn(PEOPLE.agent.email, PASSWORD)), url: rota.url }]);
  const sizes: Promise<number>[] = [];
  page.on('requestfinished', (request) => {
    const { pathname } = new URL(request.url());
    if (!pathname.startsWith('/v1/')) sizes.push(request.sizes().then((sizes) => sizes.responseBodySize));
  });
  const rows = page.getByRole('row');
  const inbox = await requests(page, async () => {
    await page.goto('/inbox');
    await expect(rows.first()).toBeFocused();
    await expect(page.getByRole('link', { name: 'Mine 30' })).toBeVisible();
    await page.waitForLoadState('load');
  });
  const bytes = (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
  figure('the inbox, compressed, without the answers of the API', bytes / 1024, 'KiB', 250);
  figure('the inbox, API requests', inbox.length, '', 6);

  const isOpen = (id: number) => expect(page.locator('article:focus h1')).toHaveText(`Task ${id}`);
  const opening = await requests(page, async () => {
    await page.keyboard.press('Enter');
    await isOpen(30);
  });
  const isAsked = (request: string) => request.startsWith('GET ');
  figure('opening a ticket, API requests', opening.filter(isAsked).length, '', 1);

  await page.keyboard.press('Escape');
  await expect(rows.and(page.locator(':focus'))).toBeVisible();
  const passing = await requests(page, async () => {
    for (const id of [27, 23, 25]) await page.locator(`[data-id="${id}"]`).hover();
    for (const key of ['j', 'j', 'x', 'x', 'k']) await page.keyboard.press(key);
    await page.keyboard.press('Enter');
    await isOpen(29);
  });
  const ofOthers = passing.filter((request) => isAsked(request) && !request.endsWith('/29'));
  figure('hovering, moving and selecting, API requests', ofOthers.length, '', 0);
});
