import { expect, type Page, requests, test, VIEWING } from './desk';
import { look as lookAt } from './look';
import { PEOPLE, STORE } from './shop';
import { bringPeople, TEAMS, toAgent, toTeam, unfold } from './whyShop';

const SELECTOR = 'section:has(> h2 > [aria-expanded])';

// Each decision is looked through by axe three times.
test.describe.configure({ timeout: 180_000 });

const look = (page: Page) =>
  lookAt(page, { part: { selector: SELECTOR, locator: page.getByRole('region', { name: /^Why/ }) } });

/** Has a command done as whoever is signed in on the page. */
async function command(page: Page, id: number, name: string, data: object) {
  const headers = { 'Idempotency-Key': crypto.randomUUID(), 'Sec-Fetch-Site': 'same-origin' };
  const answer = await page.request.post(`/v1/tickets/${id}/${name}`, { data, headers });
  expect(answer.status(), await answer.text()).toBe(200);
}

test.beforeEach(({ rota }) => bringPeople(rota));

test('a turn: from the last one over who could not take it to the chosen one, and who is next', async ({
  desk,
  rota,
}) => {
  let id = 0;
  for (let turn = 0; turn < 8; turn += 1)
    id = await rota.ticket(`Delivery ${turn}`, toTeam(TEAMS.deliveries));
  const page = await desk('admin');
  const panel = await unfold(page, id);
  await expect(panel).toContainText(
    'Emeka Obi was next in Deliveries, after Chen Wei (1 of 1) and Dora Silva (offline) had been passed over.',
  );
  await expect(panel.getByRole('option')).toHaveText([
    /Bilal Khan.*the last one/,
    /Chen Wei.*1 of 1/,
    /Dora Silva.*offline/,
    /Emeka Obi.*gets it/,
    /Farid.*next/,
    /2 more/,
  ]);
  await expect(panel.getByRole('figure')).toBeInViewport({ ratio: 1 });
  await look(page);
});

test('the store’s pool: runs of more than three are one, colleagues’ leave and hours are for leads', async ({
  desk,
  rota,
}) => {
  // From Farid, who has had the last turn, past seven who are offline, one on leave and one outside hours.
  for (const name of ['asha', 'bilal', 'chen', 'emeka', 'farid']) await rota.ticket(`First for ${name}`);
  const id = await rota.ticket('Where is my parcel?');
  const lead = await desk('admin');
  const panel = await unfold(lead, id);
  await expect(
    panel.getByRole('option', { name: /^7 offline: Gita Holm, .* and Mina Holm\.$/ }),
  ).toBeVisible();
  await expect(panel.getByRole('option', { name: /^Noor Haddad is on leave until / })).toBeVisible();
  await expect(
    panel.getByRole('option', { name: /^Olga Petrova is outside working hours until / }),
  ).toBeVisible();
  await expect(panel).toContainText('7 offline, Noor Haddad (on leave) and Olga Petrova (outside hours)');
  await look(lead);

  const own = await rota.ticket('For Meera after all', toTeam(TEAMS.many));
  rota.run('agent', 'offline', '--store', STORE, 'asha@shop.example');
  rota.run('agent', 'offline', '--store', STORE, 'pavel@shop.example');
  const next = await rota.ticket('And another', toTeam(TEAMS.many));
  const agent = await desk('agent');
  const seen = await unfold(agent, next);
  await expect(seen.getByRole('heading', { name: 'Why me?' })).toBeVisible();
  await expect(seen.getByRole('option', { name: 'Noor Haddad is unavailable.' })).toBeVisible();
  await look(agent);
  expect(own).toBeLessThan(next);
});

test('arrow keys walk the seats, each says its name, what and why; the table says the same', async ({
  desk,
  rota,
}) => {
  let id = 0;
  for (let turn = 0; turn < 8; turn += 1)
    id = await rota.ticket(`Delivery ${turn}`, toTeam(TEAMS.deliveries));
  const page = await desk('admin');
  const panel = await unfold(page, id);
  const heading = panel.getByRole('button', { name: 'Why Emeka?' });
  await expect(heading).toBeFocused();
  await page.keyboard.press('Tab');
  const option = (name: string) => panel.getByRole('option', { name });
  await expect(option('Emeka Obi gets the ticket.')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(option('Dora Silva is offline.')).toBeFocused();
  await page.keyboard.press('ArrowUp');
  await expect(option('Chen Wei has 1 of 1 tickets open.')).toBeFocused();
  await expect(panel.getByRole('figure')).toContainText('Chen Wei has 1 of 1 tickets open.');
  await page.keyboard.press('Home');
  await expect(option('Bilal Khan had the last turn.')).toBeFocused();
  await page.keyboard.press('ArrowLeft');
  await expect(
    option('2 more, not reached. Of all 4 who are only counted: 3 not their turn and 1 offline.'),
  ).toBeFocused();
  await page.keyboard.press('ArrowRight');
  await expect(option('Bilal Khan had the last turn.')).toBeFocused();
  expect(
    await panel.getByRole('option').evaluateAll((all) => all.filter((one) => one.tabIndex === 0).length),
  ).toBe(1);

  await panel.getByText('As a table').click();
  const table = panel.getByRole('table', {
    name: /^Agents of Deliveries, by turn\. Bilal Khan had the last turn\. Farid .* is the next to be asked\.$/,
  });
  await expect(table.getByRole('row', { name: 'Chen Wei at the limit 1 of 1' })).toBeVisible();
  await expect(table.getByRole('row', { name: 'Emeka Obi gets it' })).toBeVisible();
  await look(page);

  await page.keyboard.press('w');
  await expect(table).toBeHidden();
  await expect(heading).toBeFocused();
});

test('a rule, on which word, and a balanced pool as bars', async ({ desk, rota }) => {
  for (let more = 0; more < 3; more += 1) await rota.ticket(`For Asha ${more}`, toAgent('asha@shop.example'));
  await rota.ticket('For Chen', toAgent('chen@shop.example'));
  for (let more = 0; more < 2; more += 1)
    await rota.ticket(`For Bilal ${more}`, toAgent('bilal@shop.example'));
  for (let more = 0; more < 7; more += 1)
    await rota.ticket(`For Pavel ${more}`, toAgent('pavel@shop.example'));
  rota.run('agent', 'online', '--store', STORE, 'ines@shop.example');
  for (let more = 0; more < 2; more += 1) await rota.ticket(`For Ines ${more}`, toAgent('ines@shop.example'));
  await rota.ticket('Refund please', { context: 'A refund' });
  const id = await rota.ticket('I want my money back');
  const page = await desk('admin');
  const panel = await unfold(page, id);
  await expect(panel).toContainText('The rule “Refunds” matched on the word “money back”.');
  await expect(panel.getByRole('listitem').filter({ hasText: 'Rules' })).toContainText(
    '“Refunds” matched on the word',
  );
  await expect(panel.getByRole('listbox', { name: 'Seats, by their open tickets' })).toBeVisible();
  await look(page);
});

test('asked for, led to by a rule, and sticky: no pool is asked', async ({ desk, rota }) => {
  const page = await desk('admin');
  const asked = await rota.ticket('For Asha', toAgent('asha@shop.example'));
  let panel = await unfold(page, asked);
  await expect(panel).toContainText('Asha Nair was asked for by name.');
  await expect(panel.getByRole('listbox')).toBeHidden();
  await look(page);

  panel = await unfold(page, await rota.ticket('A press enquiry'));
  await expect(panel).toContainText(
    'The rule “Kofi’s own” matched on the word “press”. It gives the ticket to Emeka Obi.',
  );
  await look(page);

  panel = await unfold(page, await rota.ticket('A wholesale order'));
  await expect(panel).toContainText('A rule leads to Dora Silva, who is offline.');
  await look(page);

  rota.run('settings', 'set', '--store', STORE, '--sticky', '1d');
  await rota.ticket('For Bilal', { bikCustomerId: '77', ...toAgent('bilal@shop.example') });
  panel = await unfold(page, await rota.ticket('Me again', { bikCustomerId: '77' }));
  await expect(panel).toContainText('Bilal Khan had this customer’s last ticket, and could take this one.');
  await look(page);
});

test('waiting: why nobody yet, the ways out, then handed out, passed on and claimed', async ({
  desk,
  rota,
}) => {
  const page = await desk('agent');
  const filler = await rota.ticket('Call 0', toTeam(TEAMS.two));
  rota.run('agent', 'offline', '--store', STORE, 'meera@shop.example');
  const id = await rota.ticket('Call 1', toTeam(TEAMS.two));
  expect(filler).toBeLessThan(id);
  const panel = await unfold(page, id);
  await expect(panel.getByRole('heading', { name: 'Why nobody yet?' })).toBeVisible();
  const ways = panel.getByRole('region', { name: 'The nearest ways out' });
  await expect(ways).toContainText('2 agents are offline and could come online');
  await expect(panel).toContainText('It had to wait: nobody in Calls could take it');
  await expect(ways.getByRole('button', { name: /Claim/ })).toBeVisible();
  await look(page);

  rota.run('agent', 'online', '--store', STORE, 'meera@shop.example');
  await expect(panel).toContainText('After it had waited, Meera Iyer was next in Calls');
  await expect(ways).toBeHidden();
  await panel.getByText('1 earlier decision').click();
  await look(page);

  await command(page, id, 'pass', { reason: 'Off to lunch' });
  await expect(panel).toContainText('Meera Iyer passed it on.');
  await expect(panel.getByText('2 earlier decisions')).toBeVisible();
  await look(page);

  await ways.getByRole('button', { name: /Claim/ }).click();
  await expect(panel).toContainText('Meera Iyer has claimed it since.');
  await expect(panel.getByRole('heading', { name: 'Why me?' })).toBeVisible();
  await look(page);
});

test('passed on to a colleague, which moves no turn', async ({ desk, rota }) => {
  rota.run('agent', 'online', '--store', STORE, 'dora@shop.example');
  const page = await desk('agent');
  const id = await rota.ticket('Call 0', toTeam(TEAMS.two));
  const second = await rota.ticket('Call 1', toTeam(TEAMS.two));
  const lead = await desk('admin');
  await command(lead, id, 'pass', { reason: 'Knows it better' });
  const panel = await unfold(lead, id);
  await expect(panel).toContainText('passed it on');
  await look(lead);
  expect(second).toBeGreaterThan(id);
  await page.close();
});

test('waiting for hours and leave, for anybody at all, and left to be claimed', async ({ desk, rota }) => {
  const page = await desk('admin');
  let panel = await unfold(page, await rota.ticket('At night', toTeam(TEAMS.night)));
  await expect(panel.getByRole('region', { name: 'The nearest ways out' })).toContainText(
    /Olga Petrova can take it at .*: outside hours until then/,
  );
  await look(page);
  panel = await unfold(page, await rota.ticket('Nobody there', toTeam(TEAMS.empty)));
  await expect(panel).toContainText('It had to wait: Nobody yet has no agents.');
  await look(page);
  panel = await unfold(page, await rota.ticket('For whoever wants it', toTeam(TEAMS.open)));
  await expect(panel).toContainText('Nobody is given it: people claim the tickets of Open desk.');
  await look(page);
});

test('opening a ticket asks for no reasons, and unfolding them for one', async ({ desk, rota }) => {
  const id = await rota.ticket('Call back', toAgent(PEOPLE.agent.email));
  const page = await desk('agent');
  const opened = await requests(page, async () => {
    await page.getByRole('link', { name: /Call back/ }).click();
    await expect(page.getByRole('heading', { name: 'Call back' })).toBeVisible();
  });
  expect(opened.filter((path) => path.endsWith('/why'))).toEqual([]);
  const unfolded = await requests(page, async () => {
    await page.keyboard.press('w');
    await expect(page.getByRole('list', { name: 'The way to it' })).toBeVisible();
  });
  expect(unfolded.filter((one) => one !== VIEWING)).toEqual([`GET /v1/tickets/${id}/why`]);
});
