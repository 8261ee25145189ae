import type { ReactNode } from 'react';
import { matches } from './match';

/** Something to choose. */
export interface Option {
  id: string;
  title: string;
  /** What stands at its end. */
  detail?: ReactNode;
  /** The heading under which it stands; options of one group stand together. */
  group?: string;
  icon?: ReactNode;
  /** Whether it is so already; `mixed` where it is of some of the tickets. */
  checked?: boolean | 'mixed';
}

/** The options that are meant by what was typed. */
export function found(options: readonly Option[], text: string): Option[] {
  return options.filter(({ title }) => matches(text, title));
}
