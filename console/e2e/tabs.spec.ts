import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { BrowserContext, Page } from '@playwright/test';
import { expect, test } from './desk';

/** How many streams the tabs of a browser have open. */
function streamsOf(context: BrowserContext): () => number {
  const live = new Set<object>();
  const isStream = (request: { url: () => string }) => request.url().endsWith('/v1/stream');
  context.on('request', (request) => {
    if (isStream(request)) live.add(request);
  });
  context.on('requestfailed', (request) => live.delete(request));
  context.on('requestfinished', (request) => live.delete(request));
  return () => live.size;
}

const row = (page: Page, title: string) => page.getByRole('link', { name: new RegExp(title) });

async function tabs(first: Page, count: number): Promise<Page[]> {
  const all = [first];
  while (all.length < count) {
    const page = await first.context().newPage();
    await page.goto('/inbox');
    await page.getByRole('heading', { level: 1 }).waitFor();
    all.push(page);
  }
  return all;
}

test('eight tabs live on one stream, and each of them works', async ({ desk, rota }) => {
  test.setTimeout(90_000);
  const first = await desk('agent');
  const streams = streamsOf(first.context());
  await first.reload();
  const all = await tabs(first, 8);
  await rota.ticket('Where is my parcel?');
  for (const page of all) await expect(row(page, 'Where is my parcel')).toBeVisible();
  expect(streams()).toBe(1);

  // What one does in a tab shows in all; each can be worked in.
  for (const [index, page] of all.entries()) {
    const id = await rota.ticket(`Ticket of tab ${index}`);
    await expect(row(page, `Ticket of tab ${index}`)).toBeVisible();
    await page.goto(`/t/${id}`);
    await page.getByRole('heading', { name: `Ticket of tab ${index}` }).waitFor();
    await page.keyboard.press('e');
    await expect(page.getByText(`#${id}: Closed`)).toBeVisible();
  }
});

test('the tab with the stream closes, and another goes on with nothing missed', async ({ desk, rota }) => {
  test.setTimeout(60_000);
  const first = await desk('agent');
  const [, ...others] = await tabs(first, 4);
  await rota.ticket('Before it closes');
  for (const page of others) await expect(row(page, 'Before it closes')).toBeVisible();
  const [posted] = await Promise.all([rota.ticket('While it closes'), first.close()]);
  expect(posted).toBe(2);
  await rota.ticket('After it closed');
  for (const page of others) {
    await expect(row(page, 'While it closes')).toBeVisible();
    await expect(row(page, 'After it closed')).toBeVisible();
    await expect(row(page, 'closes|closed')).toHaveCount(3);
  }
});

test('a restart of the server heals by itself', async ({ desk, rota }) => {
  test.setTimeout(60_000);
  const page = await desk('agent');
  await rota.ticket('Before the restart');
  await expect(row(page, 'Before the restart')).toBeVisible();
  await rota.restart(async () => {
    await expect(page.getByText('Not connected.')).toBeVisible({ timeout: 10_000 });
    await expect(row(page, 'Before the restart')).toBeVisible();
  });
  await rota.ticket('After the restart');
  await expect(row(page, 'After the restart')).toBeVisible({ timeout: 25_000 });
  await expect(page.getByText('Not connected.')).toBeHidden();
});

test('a server that went back to a copy of its data has everything loaded anew', async ({ desk, rota }) => {
  test.setTimeout(60_000);
  const page = await desk('agent');
  await rota.ticket('In the copy');
  await expect(row(page, 'In the copy')).toBeVisible();
  const copy = join(rota.folder, 'copy');
  const data = join(rota.folder, 'data');
  await rota.restart(async () => cpSync(data, copy, { recursive: true }));
  await rota.ticket('Not in the copy');
  await rota.ticket('Nor that');
  await expect(row(page, 'Nor that')).toBeVisible({ timeout: 25_000 });
  await rota.restart(async () => {
    rmSync(data, { recursive: true });
    cpSync(copy, data, { recursive: true });
  });
  await expect(row(page, 'Not in the copy')).toHaveCount(0, { timeout: 25_000 });
  await expect(row(page, 'In the copy')).toBeVisible();
});
