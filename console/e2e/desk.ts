import { test as base, expect, type Page } from '@playwright/test';
import { Rota } from './rota';
import { PASSWORD, PEOPLE, type Role } from './shop';

interface Fixtures {
  /** A server of the test's own. */
  rota: Rota;
  /** A page signed in as one of that role, at the inbox. */
  desk: (role: Role) => Promise<Page>;
}

export const test = base.extend<Fixtures>({
  // biome-ignore lint/correctness/noEmptyPattern: Playwright reads the fixtures' names from the pattern
  rota: async ({}, use) => {
    const rota = await Rota.start();
    await use(rota);
    await rota.stop();
  },
  desk: async ({ rota, browser }, use) => {
    const contexts: Awaited<ReturnType<typeof browser.newContext>>[] = [];
    await use(async (role) => {
      const context = await browser.newContext({ baseURL: rota.url });
      contexts.push(context);
      const session = await rota.signIn(PEOPLE[role].email, PASSWORD);
      await context.addCookies([{ ...session, url: rota.url }]);
      const page = watched(await context.newPage());
      const stream = page.waitForRequest('**/v1/stream');
      await page.goto('/inbox');
      await page.getByRole('heading', { level: 1 }).waitFor();
      // The list has come up, and the keys work.
      await page.locator('main :focus').waitFor();
      await everybodyIsKnown(page);
      await stream;
      return page;
    });
    for (const context of contexts) await context.close();
  },
  page: async ({ page, rota }, use) => {
    const base = page.goto.bind(page);
    page.goto = (path, options) => base(new URL(path, rota.url).href, options);
    await use(watched(page));
  },
});

/** A page in which an error of a script, or something that the policy forbids, fails the test. */
function watched(page: Page): Page {
  page.on('pageerror', (error) => {
    throw error;
  });
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && /Content Security Policy|React|Warning/.test(text))
      throw new Error(text);
  });
  return page;
}

/** Waits until the page knows who there is, which menus choose from and commands depend on. */
export async function everybodyIsKnown(page: Page) {
  await page.getByRole('button', { name: /^Availability: (?!not known)/ }).waitFor();
}

/** What a ticket's page says every few seconds, whatever one does. */
export const VIEWING = 'PUT /v1/session/viewing';

/** The API requests that `during` causes, as `GET /v1/views`. */
export async function requests(page: Page, during: () => Promise<void>): Promise<string[]> {
  const seen: string[] = [];
  const listen = (request: { method: () => string; url: () => string }) => {
    const { pathname } = new URL(request.url());
    if (pathname.startsWith('/v1/')) seen.push(`${request.method()} ${pathname}`);
  };
  page.on('request', listen);
  await during();
  page.off('request', listen);
  return seen;
}

/** A call of the API as the one who is signed in in that page. */
export function call(
  page: Page,
  method: string,
  path: string,
  body?: object,
  headers: Record<string, string> = {},
): Promise<{ status: number; body: unknown }> {
  return page.evaluate(
    async ([method, path, body, headers]) => {
      const type = { 'Content-Type': 'application/json' };
      const response = await fetch(path, {
        method,
        headers: { ...headers, ...(body && type) },
        ...(body && { body: JSON.stringify(body) }),
      });
      const text = await response.text();
      return { status: response.status, body: text === '' ? null : JSON.parse(text) };
    },
    [method, path, body, headers] as const,
  );
}

/** Where the focus is; `BODY` where it is lost. */
export function focused(page: Page): Promise<string> {
  return page.evaluate(() => document.activeElement?.tagName ?? 'none');
}

export { expect, type Page };
