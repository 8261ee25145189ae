import { call, expect, test } from './desk';
import { PEOPLE } from './shop';
import { noticed, open } from './ticket';
import { bringPeople, TEAMS, toAgent, toTeam, unfold } from './whyShop';

/** Who writes, and what. */
const WRITTEN = [
  ['Ravi Shah', 'Invoice for the tax office'],
  ['Leila Amrani', 'Is the blue kurta back in stock?'],
  ['Tom Okafor', 'Parcel says delivered, but nobody has it'],
  ['Mei Tanaka', 'Change the delivery address before Friday'],
  ['Asha Rao', 'Refund for order 77'],
  ['Lucía Romero', 'Gift card does not work at the till'],
  ['Jan de Vries', 'Cancel the second dupatta, keep the first'],
  ['Priya Menon', 'Wrong size, please swap M for L'],
  ['Tom Okafor', 'When does the shop in Pune open?'],
  ['Fatima Noor', 'Charged twice for order 1038'],
  ['Asha Rao', 'Kurta arrived torn at the seam'],
] as const;

const CONTEXT = JSON.stringify({
  order: 1042,
  paid: true,
  items: ['Kurta, blue, M', 'Dupatta'],
  ship: { city: 'Pune', track: 'https://track.example/AB12345' },
  note: 'Please call before noon.',
});

const numberOf = (name: string) => String(1_000 + WRITTEN.findIndex(([other]) => other === name));

/** The customers of {@link WRITTEN}, as a store file has them. */
function customers(): string {
  const names = [...new Set(WRITTEN.map(([name]) => name))];
  return names
    .map((name) => {
      const id = numberOf(name);
      return `[[customers]]\nid = "${id}"\nname = "${name}"\nphone = "+91809549${id}"\n`;
    })
    .join('\n');
}

test('the pictures of the docs', async ({ desk, rota }) => {
  test.setTimeout(120_000);
  bringPeople(rota, customers());
  const ids: number[] = [];
  for (const [name, title] of WRITTEN) {
    const rest = { bikCustomerId: numberOf(name), ...toAgent(PEOPLE.agent.email) };
    ids.push(await rota.ticket(title, { ...rest, ...(title.startsWith('Kurta') && { context: CONTEXT }) }));
  }
  const page = await desk('agent');
  const give = async (at: number, command: string, body: object) => {
    const headers = { 'Idempotency-Key': crypto.randomUUID() };
    const { status } = await call(page, 'POST', `/v1/tickets/${ids[at]}/${command}`, body, headers);
    expect(status).toBe(200);
  };
  await give(9, 'priority', { priority: 'urgent' });
  await give(2, 'priority', { priority: 'high' });
  for (const [at, label] of [
    [4, 7],
    [9, 7],
    [2, 8],
    [3, 8],
    [10, 7],
  ] as const)
    await give(at, 'labels', { add: [label] });
  const kurta = ids.at(-1) ?? 0;
  await open(page, kurta);
  await noticed(page);

  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await page.setViewportSize({ width: 1280, height: 640 });
  await page.goto('/inbox/mine');
  await expect(page.getByRole('row').first()).toBeFocused();
  await page.keyboard.press('j');
  await page.screenshot({ path: 'screenshots/desk-inbox.png' });

  await page.setViewportSize({ width: 375, height: 740 });
  await page.screenshot({ path: 'screenshots/desk-phone.png' });

  await page.setViewportSize({ width: 1280, height: 900 });
  await page.emulateMedia({ colorScheme: 'dark' });
  await open(page, kurta);
  await page.screenshot({ path: 'screenshots/desk-ticket.png' });

  await page.emulateMedia({ colorScheme: 'light' });
  const lead = await desk('admin');
  await lead.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
  await lead.setViewportSize({ width: 1100, height: 1600 });
  for (let at = 0; at < 7; at += 1) await rota.ticket('Call me back', toTeam(TEAMS.deliveries));
  const last = await rota.ticket('Where is my parcel?', toTeam(TEAMS.deliveries));
  const panel = await unfold(lead, last);
  await panel.screenshot({ path: 'screenshots/desk-why.png' });
});
