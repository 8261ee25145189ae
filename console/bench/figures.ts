import { test } from '@playwright/test';

export interface Figure {
  name: string;
  measured: number;
  unit: string;
  /** The most that is allowed; a figure without it is for information. */
  required?: number;
}

/** Puts a figure into the table that is printed in the end. */
export function figure(name: string, measured: number, unit: string, required?: number) {
  const figure: Figure = { name, measured, unit, ...(required !== undefined && { required }) };
  test.info().annotations.push({ type: 'figure', description: JSON.stringify(figure) });
}

/** The value below or at which that part of the values lies (nearest rank); 0.95 is the p95. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)] ?? Number.NaN;
}
