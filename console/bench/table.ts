import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { Reporter, TestCase, TestResult } from '@playwright/test/reporter';
import type { Figure } from './figures';

const FILE = resolve(process.env.ROTA_BENCH_OUT ?? '../target/bench/console.md');

/** Prints what was measured and writes it to {@link FILE}; what is not reached is said there and is no error. */
export default class Table implements Reporter {
  private readonly figures: Figure[] = [];

  onTestEnd(_: TestCase, { annotations }: TestResult) {
    const told = annotations.filter(({ type }) => type === 'figure');
    this.figures.push(...told.map(({ description = '' }) => JSON.parse(description) as Figure));
  }

  onEnd() {
    const rows = [
      '| figure | measured | required | verdict |',
      '|---|--:|--:|---|',
      ...this.figures.map(row),
    ];
    const table = `${rows.join('\n')}\n`;
    mkdirSync(dirname(FILE), { recursive: true });
    writeFileSync(FILE, table);
    console.log(`\n${table}\n${FILE}`);
  }
}

function row({ name, measured, unit, required }: Figure): string {
  const number = Number(measured < 1 ? measured.toPrecision(2) : measured.toFixed(1));
  const most = required === undefined ? '' : `≤ ${required} ${unit}`.trimEnd();
  const verdict = required === undefined ? '' : measured <= required ? 'reached' : '**not reached**';
  return `| ${name} | ${`${number} ${unit}`.trimEnd()} | ${most} | ${verdict} |`;
}
