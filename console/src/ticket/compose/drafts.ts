import { createStore, useStore } from '../../ui/store';

/** What a text is going to be: a note, a message from the customer, or an answer to them. */
export type Mode = 'note' | 'in' | 'out';

/** What somebody has typed on a ticket's page and not sent. */
export type Draft = { mode: Mode } & Record<Mode, string>;

const EMPTY: Draft = { mode: 'note', note: '', in: '', out: '' };

/** Of this tab: another one writes its own. Nothing typed is lost by navigation, reload or an ended session. */
const drafts = createStore<Readonly<Record<string, Draft>>>({});

/** Drafts are one person's: whoever signs in next in this tab does not see them. */
function nameOf(of: { agentId: number; ticketId: number }): string {
  return `rota-draft:${of.agentId}:${of.ticketId}`;
}

export function useDraft(agentId: number, ticketId: number): Draft {
  const name = nameOf({ agentId, ticketId });
  return useStore(drafts, (all) => all[name] ?? stored(name));
}

export function draftOf(agentId: number, ticketId: number): Draft {
  const name = nameOf({ agentId, ticketId });
  return drafts.get()[name] ?? stored(name);
}

export function setDraft(agentId: number, ticketId: number, change: Partial<Draft>) {
  const name = nameOf({ agentId, ticketId });
  const draft = { ...draftOf(agentId, ticketId), ...change };
  drafts.set({ ...drafts.get(), [name]: draft });
  const isEmpty = draft.note === '' && draft.in === '' && draft.out === '';
  if (isEmpty) sessionStorage.removeItem(name);
  else sessionStorage.setItem(name, JSON.stringify(draft));
}

const read = new Map<string, Draft>();

/** What was kept over a reload; read once, so that the store answers the same object for the same name. */
function stored(name: string): Draft {
  const known = read.get(name);
  if (known) return known;
  const draft = { ...EMPTY, ...(JSON.parse(sessionStorage.getItem(name) ?? '{}') as Partial<Draft>) };
  read.set(name, draft);
  return draft;
}
