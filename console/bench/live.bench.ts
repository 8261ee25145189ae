import { expect, test } from '../e2e/desk';
import { figure, quantile } from './figures';

test('100 live events while one reads', async ({ desk, rota }) => {
  for (let at = 1; at <= 120; at += 1) await rota.ticket(`Task ${at}`);
  const page = await desk('agent');
  const rows = page.getByRole('row');
  await expect(rows.first()).toBeFocused();
  await page.getByRole('grid').hover();
  await page.mouse.wheel(0, 1_500);
  await expect(rows.filter({ hasText: 'Task 75' })).toBeInViewport();
  const shifts = await page.evaluateHandle(() => {
    const seen: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) seen.push((entry as PerformanceEntry & { value: number }).value);
    });
    observer.observe({ type: 'layout-shift' });
    return seen;
  });
  for (let at = 1; at <= 100; at += 1) await rota.ticket(`New ${at}`);
  await expect(page.getByRole('button', { name: '100 new' })).toBeVisible();
  const shift = await shifts.evaluate((seen) => seen.reduce((sum, value) => sum + value, 0));
  figure('100 live events while one reads, layout shift', shift, '', 0);
});

test('from the answer of a posted ticket to its row', async ({ desk, rota }) => {
  await rota.ticket('The first');
  const page = await desk('agent');
  await expect(page.getByRole('row')).toHaveCount(1);
  const late: number[] = [];
  for (let at = 1; at <= 20; at += 1) {
    const shown = await page.evaluateHandle((title) => {
      const isThere = () =>
        [...document.querySelectorAll('[role="row"] a')].some((a) => a.textContent === title);
      const at = new Promise<number>((resolve) => {
        const observer = new MutationObserver(() => {
          if (!isThere()) return;
          observer.disconnect();
          resolve(Date.now());
        });
        observer.observe(document.body, { subtree: true, childList: true, characterData: true });
      });
      return { at };
    }, `New ${at}`);
    await rota.ticket(`New ${at}`);
    const answered = Date.now();
    late.push((await shown.evaluate(({ at }) => at)) - answered);
  }
  figure('a posted ticket, from its 200 to its row, p50', Math.max(0, quantile(late, 0.5)) / 1000, 's');
  figure('a posted ticket, from its 200 to its row, the longest of 20', Math.max(0, ...late) / 1000, 's', 1);
});
