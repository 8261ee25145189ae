import { useQueryClient } from '@tanstack/react-query';
import { type KeyboardEvent, useEffect, useRef } from 'react';
import type { WholeTicket } from '../../api/queries';
import { useDirectory } from '../../api/useDirectory';
import { HOME } from '../../app/focus';
import { useSession } from '../../session/session';
import { useStore } from '../../ui/store';
import { typed } from '../presence/typing';
import { Answers } from './Answers';
import css from './compose.module.css';
import { type Mode, setDraft, useDraft } from './drafts';
import { mentionsIn } from './mentions';
import { type Said, say } from './outbox';
import { Writing } from './Writing';
import { wanted } from './wanted';

const MODES: [Mode, name: string, placeholder: string][] = [
  ['note', 'Note', 'Write a note. @ mentions a colleague.'],
  ['out', 'Answer', 'Write an answer to the customer.'],
  ['in', 'From the customer', 'Record what the customer said.'],
];

/** Where notes, answers and what the customer said are written. What is typed stays until it is sent. */
export function Composer({ whole }: { whole: Pick<WholeTicket, 'ticket' | 'customer'> }) {
  const { id } = whole.ticket;
  const client = useQueryClient();
  const me = useSession().agent.id;
  const draft = useDraft(me, id);
  const { agents } = useDirectory();
  const form = useRef<HTMLFormElement>(null);
  const isWanted = useStore(wanted, (ticketId) => ticketId === id);
  useEffect(() => {
    if (!isWanted) return;
    wanted.set(null);
    form.current?.querySelector('textarea')?.focus();
  }, [isWanted]);

  const { mode } = draft;
  const text = draft[mode];
  const colleagues = [...agents.values()].filter((agent) => agent.active);
  const send = () => {
    const said = text.trim();
    if (!said) return;
    setDraft(me, id, { [mode]: '' });
    say(client, id, saidAs(mode, said, mentionsIn(said, colleagues)), new Date().toISOString());
    const page = form.current?.closest(`[${HOME}]`);
    requestAnimationFrame(() => page?.scrollTo({ top: page.scrollHeight }));
  };
  const press = (event: KeyboardEvent) => {
    if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey) || event.nativeEvent.isComposing) return;
    event.preventDefault();
    form.current?.querySelector<HTMLElement>('[data-primary]')?.click();
  };

  return (
    <form
      ref={form}
      className={css.composer}
      aria-label="Write"
      onSubmit={(event) => {
        event.preventDefault();
        send();
      }}
      onKeyDown={press}
    >
      <Modes mode={mode} onChange={(next) => setDraft(me, id, { mode: next })} />
      <Writing
        key={`${id} ${mode}`}
        label={MODES.find(([name]) => name === mode)?.[1] ?? ''}
        placeholder={MODES.find(([name]) => name === mode)?.[2] ?? ''}
        text={text}
        colleagues={mode === 'note' ? colleagues : []}
        onText={(next) => {
          setDraft(me, id, { [mode]: next });
          typed(id);
        }}
      />
      <div className={css.foot}>
        <span className={css.keys}>Ctrl Enter sends</span>
        {mode === 'out' ? (
          <Answers whole={whole} text={text.trim()} onAnswer={send} />
        ) : (
          <button type="submit" data-primary className={css.send} disabled={!text.trim()}>
            {mode === 'note' ? 'Add note' : 'Record message'}
          </button>
        )}
      </div>
    </form>
  );
}

function saidAs(mode: Mode, text: string, mentions: number[]): Said {
  if (mode === 'note') return { command: 'notes', body: { text, mentions } };
  return { command: 'messages', body: { direction: mode, text } };
}

function Modes({ mode, onChange }: { mode: Mode; onChange: (mode: Mode) => void }) {
  return (
    <fieldset className={css.modes}>
      <legend>What to write</legend>
      {MODES.map(([value, name]) => (
        <label key={value}>
          <input
            type="radio"
            name="mode"
            value={value}
            checked={mode === value}
            onChange={() => onChange(value)}
          />
          <span>{name}</span>
        </label>
      ))}
    </fieldset>
  );
}
