import AxeBuilder from '@axe-core/playwright';
import { expect, type Locator, type Page } from '@playwright/test';

const WIDE = { width: 1280, height: 800 };
const PHONE = { width: 375, height: 740 };

const LOOKS = [
  { name: 'light', colorScheme: 'light', viewport: WIDE },
  { name: 'dark', colorScheme: 'dark', viewport: WIDE },
  { name: 'phone', colorScheme: 'light', viewport: PHONE },
] as const;

interface Options {
  /** Where the pictures go, by their name; none is taken without. */
  picture?: string;
  /** What axe looks at; the whole page when left out. */
  part?: { selector: string; locator: Locator };
  /** What is brought into view. */
  shows?: Locator;
}

/** Looks at a page as it stands, in light, in dark and on a phone: axe finds nothing, and nothing is too wide. */
export async function look(page: Page, { picture, part, shows }: Options) {
  for (const { name, colorScheme, viewport } of LOOKS) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    await page.setViewportSize(viewport);
    await shows?.evaluate((element) => element.scrollIntoView());
    if (picture) {
      await (part?.locator ?? page).screenshot({ path: `screenshots/${picture}-${name}.png` });
    }
    const axe = new AxeBuilder({ page });
    const { violations } = await (part ? axe.include(part.selector) : axe).analyze();
    expect(violations.map(({ id, nodes }) => `${picture} ${name} ${id}: ${nodes[0]?.html}`)).toEqual([]);
    const element = part?.locator ?? page.locator('html');
    const beyond = await element.evaluate((it) => it.scrollWidth - it.clientWidth);
    expect(beyond, `${picture ?? ''} ${name} is too wide`).toBeLessThanOrEqual(0);
  }
  await page.setViewportSize(WIDE);
}
