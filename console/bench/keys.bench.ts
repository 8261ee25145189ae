import type { Page } from '@playwright/test';
import { expect, test } from '../e2e/desk';
import { figure, quantile } from './figures';

/** From a key to its frame in so many milliseconds, and nobody feels that it took any. */
const PROMPT = 56;
const ROUNDS = 100;

const ROW = '[role="row"]:focus';

/** What a list knows of a ticket is shown at once; its timeline comes with the rest. */
const TICKET = 'article:focus h1';
const WHOLE = 'article:focus [aria-labelledby="timeline"] li';

/**
 * Presses a key. @returns for each element the milliseconds from the moment that the browser got the key until the first frame that
 * has the element is painted: a message that is posted while a frame is made comes right after it.
 */
async function press(page: Page, key: string, ...elements: string[]): Promise<number[]> {
  const stroke = await page.evaluateHandle((elements) => {
    const painted = new Promise<number[]>((resolve) => {
      const listen = ({ timeStamp }: KeyboardEvent) => {
        const took: number[] = [];
        const { port1, port2 } = new MessageChannel();
        const look = () => {
          if (document.querySelector(elements[took.length] ?? '')) port2.postMessage(null);
          else requestAnimationFrame(look);
        };
        port1.onmessage = () => {
          took.push(performance.now() - timeStamp);
          if (took.length < elements.length) look();
          else resolve(took);
        };
        requestAnimationFrame(look);
      };
      window.addEventListener('keydown', listen, { capture: true, once: true });
    });
    return { painted };
  }, elements);
  await page.keyboard.press(key);
  return stroke.evaluate(({ painted }) => painted);
}

test('key to paint on a processor of a quarter of the speed', async ({ desk, rota }) => {
  for (let at = 0; at <= ROUNDS; at += 1) await rota.ticket(`Task ${at}`);
  const page = await desk('agent');
  await expect(page.locator(ROW)).toBeVisible();
  const devtools = await page.context().newCDPSession(page);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: 4 });

  const took: Record<string, number[]> = {};
  const time = async (key: string, ...elements: [name: string, element: string][]) => {
    const times = await press(page, key, ...elements.map(([, element]) => element));
    for (const [at, [name]] of elements.entries()) {
      took[name] ??= [];
      took[name].push(times[at] ?? Number.NaN);
    }
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    const id = await page.locator(ROW).getAttribute('data-id');
    await time('j', ['j', `${ROW}:not([data-id="${id}"])`]);
    await time('x', ['x', `${ROW}[aria-selected="true"]`]);
    await time('x', ['x', `${ROW}[aria-selected="false"]`]);
    await time('Enter', ['Enter', TICKET], ['Enter to the whole ticket', WHOLE]);
    await time('Escape', ['Escape', ROW]);
  }
  for (const [name, times] of Object.entries(took)) {
    const required = name === 'Enter to the whole ticket' ? undefined : PROMPT;
    figure(`key to paint at 4 × CPU throttle, ${name}, p50`, quantile(times, 0.5), 'ms');
    figure(`key to paint at 4 × CPU throttle, ${name}, p95`, quantile(times, 0.95), 'ms', required);
  }
});
