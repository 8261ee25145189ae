import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { everybodyIsKnown } from './desk';
import type { Rota } from './rota';
import { STORE_FILE } from './shop';

const DAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];

/** Hours that do not begin before the day after tomorrow, wherever the store is. */
function laterHours(now: Date): string {
  return `{ ${DAYS[(now.getUTCDay() + 3) % 7]} = ["09:00-17:00"] }`;
}

const DAY = 86_400_000;

function agent(id: number, name: string, rest = 'online = true'): string {
  const email = `${name.split(' ')[0]?.toLowerCase()}@shop.example`;
  return `[[agents]]\nid = ${id}\nemail = "${email}"\nname = "${name}"\n${rest}\n`;
}

function team(id: number, name: string, members: string[], rest = ''): string {
  const emails = members.map((member) => `"${member}@shop.example"`).join(', ');
  return `[[teams]]\nid = ${id}\nname = "${name}"\nmembers = [${emails}]\n${rest}\n`;
}

export const TEAMS = { deliveries: 41, night: 42, refunds: 43, open: 44, many: 45, empty: 46, two: 47 };

const SEVEN = ['gita', 'hugo', 'inga', 'jonas', 'keiko', 'lars', 'mina'];

/** People for every reason to be passed over, and teams for every policy. */
function whyFile(now: Date): string {
  const leave = `[{ from = ${new Date(now.getTime() - DAY).toISOString()}, to = ${new Date(now.getTime() + 9 * DAY).toISOString()} }]`;
  return [
    STORE_FILE,
    agent(101, 'Asha Nair'),
    agent(102, 'Bilal Khan'),
    agent(103, 'Chen Wei', 'online = true\nmax_open = 1'),
    agent(104, 'Dora Silva', 'online = false'),
    agent(105, 'Emeka Obi'),
    agent(106, 'Farid Venkatanarasimharajuvaripeta'),
    ...SEVEN.map((name, index) =>
      agent(110 + index, `${name.charAt(0).toUpperCase()}${name.slice(1)} Holm`, 'online = false'),
    ),
    agent(120, 'Noor Haddad', `online = true\nleave = ${leave}`),
    agent(121, 'Olga Petrova'),
    agent(122, 'Pavel Novak', 'online = true\nmax_open = 20'),
    team(41, 'Deliveries', ['asha', 'bilal', 'chen', 'dora', 'emeka', 'farid', 'ines']),
    team(42, 'Night desk', ['olga', 'noor'], `hours = ${laterHours(now)}`),
    team(43, 'Refunds', ['asha', 'bilal', 'chen', 'dora', 'pavel', 'ines'], 'policy = "balanced"'),
    team(44, 'Open desk', ['meera', 'ines'], 'policy = "unassigned"'),
    team(45, 'Everybody', ['asha', ...SEVEN, 'noor', 'meera', 'pavel']),
    team(46, 'Nobody yet', []),
    team(47, 'Calls', ['meera', 'dora']),
    rule('Refunds', 'words = ["refund", "money back"]', 'team = "Refunds"'),
    rule('Kofi’s own', 'words = ["press"]', 'agent = "emeka@shop.example"'),
    rule('Wholesale', 'words = ["wholesale"]', 'agent = "dora@shop.example"'),
    '[[customers]]\nid = "77"\nname = "Ravi Shah"\nemail = "ravi@example.com"\n',
  ].join('\n');
}

function rule(name: string, when: string, then: string): string {
  return `[[rules]]\nname = "${name}"\nwhen = { ${when} }\nthen = { ${then} }\n`;
}

/** Opens a ticket's page, and what `w` unfolds on it. */
export async function unfold(page: Page, id: number) {
  await page.goto(`/t/${id}`);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await everybodyIsKnown(page);
  await page.keyboard.press('w');
  const panel = page.getByRole('region', { name: /^Why/ });
  await expect(panel.getByRole('list', { name: 'The way to it' }).first()).toBeVisible();
  return panel;
}

/** Brings these people, teams and rules into the server's store, and what `more` adds to its file. */
export function bringPeople(rota: Rota, more = '') {
  const file = join(tmpdir(), `rota-why-${process.pid}.toml`);
  writeFileSync(file, `${whyFile(new Date())}\n${more}`);
  rota.run('apply', '--yes', file);
  rmSync(file);
}

export const toTeam = (teamId: number) => ({ assignmentType: 'SPECIFIC_TEAM', teamId });
export const toAgent = (agentMail: string) => ({ assignmentType: 'SPECIFIC_AGENT', agentMail });
