import { readFileSync } from 'node:fs';
import type { Page } from '@playwright/test';
import { expect, test } from './desk';

const PAGE = '../docs/agents.md';

/** The rows of the table under a heading of the agents' page, as `keys: what they do`. */
function keysUnder(heading: string): string[] {
  const [, under = ''] = readFileSync(PAGE, 'utf8').split(`\n### ${heading}\n`);
  const [section = ''] = under.split(/^##/m);
  const rows = section.matchAll(/^\| `(.+)` \| (.+) \|$/gm);
  return [...rows].map(([, keys, what]) => `${keys}: ${what}`);
}

/** What the list under `?` has. */
async function listed(page: Page): Promise<string[]> {
  await page.keyboard.press('Shift+Slash');
  const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await dialog.waitFor();
  const rows = await dialog.locator('dl > div').evaluateAll((rows) =>
    rows.map((row) => {
      const keys = [...row.querySelectorAll('kbd')].map((key) => key.textContent);
      return `${keys.join(' ')}: ${row.querySelector('dt')?.textContent}`;
    }),
  );
  await page.keyboard.press('Escape');
  return rows;
}

test('the keys in the agents’ page are those under ?', async ({ desk, rota }) => {
  const id = await rota.ticket('Where is my parcel?');
  const page = await desk('agent');
  await expect(page.getByRole('row')).toBeFocused();
  const everywhere = keysUnder('Everywhere');
  expect((await listed(page)).sort()).toEqual([...everywhere, ...keysUnder('In a list')].sort());
  await page.goto(`/t/${id}`);
  await expect(page.getByRole('article')).toBeFocused();
  await expect(page.getByRole('link', { name: /^All open/ })).toBeVisible();
  expect((await listed(page)).sort()).toEqual([...everywhere, ...keysUnder('On a ticket')].sort());
});
