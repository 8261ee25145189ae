/** What is known of how long somebody may do nothing; times in milliseconds since 1970 of this browser's clock. */
export interface Idleness {
  /** How long the server lets somebody be idle; `null` where the store does not ask for it. */
  after: number | null;
  /** When the server takes them offline unless they do something. */
  deadline: number;
  /** When the server was told last that they are there. */
  notedAt: number;
  /** When they last did something in any of the browser's tabs. */
  activeAt: number;
  /** The deadline that the server has confirmed: something may have been done in another browser. */
  confirmed: number;
}

/** What is to be done now, and when to look again (`null`: when something changes). */
export type Step =
  | { is: 'rest'; at: number | null }
  /** Tell the server that somebody is there. */
  | { is: 'report' }
  /** Ask the server for the deadline. */
  | { is: 'confirm' }
  /** Ask whether somebody is still there, until the deadline. */
  | { is: 'ask'; at: number }
  | { is: 'over' };

export const NOTHING_KNOWN: Idleness = { after: null, deadline: 0, notedAt: 0, activeAt: 0, confirmed: 0 };

/** For how long it is asked before the deadline, in milliseconds. */
const ASKED_FOR = 60_000;

export function stepAt(now: number, { after, deadline, notedAt, activeAt, confirmed }: Idleness): Step {
  if (after === null) return { is: 'rest', at: null };
  const askAt = deadline - Math.min(ASKED_FOR, after / 2);
  if (activeAt > notedAt) {
    // Often enough to be exact, seldom enough to be nothing to the server.
    const reportAt = Math.min(notedAt + after / 4, askAt);
    return now < reportAt ? { is: 'rest', at: reportAt } : { is: 'report' };
  }
  if (now < askAt) return { is: 'rest', at: askAt };
  if (now >= deadline) return { is: 'over' };
  return confirmed === deadline ? { is: 'ask', at: deadline } : { is: 'confirm' };
}
