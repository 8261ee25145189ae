import { expect, requests, test, VIEWING } from './desk';
import { crowd, open } from './ticket';

test('two agents see each other view and write', async ({ desk, rota }) => {
  const id = await crowd(rota);
  const [agent, admin] = [await desk('agent'), await desk('admin')];
  await open(agent, id);
  await open(admin, id);
  await expect(admin.getByText('Meera Iyer is viewing')).toBeVisible();
  await expect(agent.getByText('Kofi Mensah is viewing')).toBeVisible();
  await agent.keyboard.press('n');
  await agent.keyboard.type('Called');
  await expect(admin.getByText('Meera Iyer is writing')).toBeVisible();
  await admin.keyboard.press('Escape');
  await expect(agent.getByText('Kofi Mensah is viewing')).toBeHidden();
});

test('a ticket and its neighbour take one request each', async ({ desk, rota }) => {
  await crowd(rota);
  const page = await desk('agent');
  const rows = page.getByRole('grid', { name: 'Mine' }).getByRole('row');
  await expect(rows).toHaveCount(3);
  const asked = async (during: () => Promise<void>) =>
    (await requests(page, during)).filter((request) => request !== VIEWING);
  const opening = await asked(async () => {
    const rest = page.waitForResponse('**/v1/tickets/2?*');
    await rows.nth(1).click();
    await expect(page.getByRole('heading', { level: 1, name: 'Change the delivery address' })).toBeVisible();
    await rest;
  });
  expect(opening).toEqual(['GET /v1/tickets/2']);
  const going = await asked(async () => {
    const rest = page.waitForResponse('**/v1/tickets/3?*');
    await page.keyboard.press('k');
    await expect(page.getByRole('heading', { level: 1, name: /Asha Rao/ })).toBeVisible();
    await rest;
  });
  expect(going).toEqual(['GET /v1/tickets/3']);
  const back = await asked(async () => {
    await page.keyboard.press('j');
    await expect(page.getByRole('heading', { level: 1, name: 'Change the delivery address' })).toBeVisible();
  });
  expect(back).toEqual([]);
});
