import { agentName, CHANNELS, labelName, PRIORITIES, STATES, stageName, teamName } from '../api/names';
import type { Directory } from '../api/queries';
import { matches, wordsOf } from '../ui/match';
import type { Condition } from './filter';

const UNITS: Record<string, string> = { m: 'minute', h: 'hour', d: 'day' };

/** The headings under which conditions are offered, in their order. */
const GROUPS = {
  state: 'State',
  stage: 'Stage',
  agent: 'Agent',
  team: 'Team',
  label: 'Label',
  priority: 'Priority',
  channel: 'Channel',
  olderThan: 'Age',
  youngerThan: 'Age',
  customer: 'Customer',
  mentioned: 'Mentions',
} as const satisfies Record<Condition['name'], string>;

export function groupOf({ name }: Condition): string {
  return GROUPS[name];
}

/** What a condition asks for: `Open`, `Meera Iyer`, `Older than 3 days`. */
export function conditionWords(condition: Condition, directory: Directory): string {
  const { name, value } = condition;
  switch (name) {
    case 'state':
      return STATES[value];
    case 'channel':
      return CHANNELS[value];
    case 'priority':
      return PRIORITIES[value];
    case 'stage':
      return stageName(directory, value);
    case 'label':
      return labelName(directory, value);
    case 'agent':
      if (value === 'me') return 'Me';
      return value === 'none' ? 'Nobody' : agentName(directory, Number(value));
    case 'team':
      if (value === 'mine') return 'My teams';
      return value === 'none' ? 'No team' : teamName(directory, Number(value));
    case 'olderThan':
      return `Older than ${spanOf(value)}`;
    case 'youngerThan':
      return `Newer than ${spanOf(value)}`;
    case 'mentioned':
      return 'Me';
    default:
      return value;
  }
}

function spanOf(span: string): string {
  const [number, unit] = [Number.parseInt(span, 10), UNITS[span.slice(-1)] ?? ''];
  return `${number} ${unit}${number === 1 ? '' : 's'}`;
}

/** A condition that is offered, with its words. */
export interface Choice {
  condition: Condition;
  group: string;
  words: string;
}

/** Ages that are offered unasked; typing `5h` offers any other. */
const AGES = ['1h', '4h', '1d', '3d', '7d'];

/** What may be added to a list: all conditions that have every word of the text at the beginning of one of theirs. */
export function choicesOf(directory: Directory, text: string): Choice[] {
  const age = wordsOf(text).find((word) => /^[1-9]\d{0,5}[mhd]$/.test(word));
  const offered = conditionsOf(directory, age ? [age] : AGES);
  const found = offered.flatMap((condition): Choice[] => {
    const [group, words] = [groupOf(condition), conditionWords(condition, directory)];
    const own = `${group} ${words} ${age ? condition.value : ''}`;
    return matches(text, own) ? [{ condition, group, words }] : [];
  });
  const [customer] = text.trim().split(/\s+/).slice(-1);
  const isNumber = customer !== undefined && /\d/.test(customer);
  return isNumber
    ? [...found, { condition: { name: 'customer', value: customer }, group: 'Customer', words: customer }]
    : found;
}

function conditionsOf({ agents, teams, labels, stages }: Directory, ages: string[]): Condition[] {
  const keys = <K extends string>(of: Record<K, string>) => Object.keys(of) as K[];
  const active = <T extends { id: number; active?: boolean }>(all: ReadonlyMap<number, T>) =>
    [...all.values()].filter((one) => one.active !== false);
  return [
    ...keys(STATES).map((value) => ({ name: 'state', value }) as const),
    ...[...stages.values()]
      .filter(({ kind }) => kind === 'open')
      .map(({ id }) => ({ name: 'stage', value: id }) as const),
    ...['me', 'none', ...active(agents).map(({ id }) => String(id))].map(
      (value) => ({ name: 'agent', value }) as const,
    ),
    ...['mine', 'none', ...active(teams).map(({ id }) => String(id))].map(
      (value) => ({ name: 'team', value }) as const,
    ),
    ...active(labels).map(({ id }) => ({ name: 'label', value: id }) as const),
    ...keys(PRIORITIES).map((value) => ({ name: 'priority', value }) as const),
    ...keys(CHANNELS).map((value) => ({ name: 'channel', value }) as const),
    ...ages.flatMap((value) => [
      { name: 'olderThan', value } as const,
      { name: 'youngerThan', value } as const,
    ]),
    { name: 'mentioned', value: 'me' },
  ];
}
