import { type KeyboardEvent, useId, useRef, useState } from 'react';
import type { Agent } from '../../api/types';
import { HOME } from '../../app/focus';
import css from './compose.module.css';
import { askedAt, matching } from './mentions';

interface Props {
  label: string;
  placeholder: string;
  text: string;
  /** Who can be mentioned by `@`; none where nobody can. */
  colleagues: readonly Agent[];
  onText: (text: string) => void;
}

/** How many colleagues are offered at a time. */
const FEW = 6;

/** A text that grows with what is typed; `@` offers colleagues. */
export function Writing({ label, placeholder, text, colleagues, onText }: Props) {
  const id = useId();
  const area = useRef<HTMLTextAreaElement>(null);
  const [asked, setAsked] = useState<{ from: number; typed: string } | null>(null);
  const [at, setAt] = useState(0);
  const offered = asked ? matching(colleagues, asked.typed).slice(0, FEW) : [];
  const active = Math.min(at, offered.length - 1);

  const look = ({ value, selectionStart }: HTMLTextAreaElement) => {
    setAsked(colleagues.length > 0 ? askedAt(value, selectionStart) : null);
    setAt(0);
  };
  const mention = (agent: Agent) => {
    const element = area.current;
    if (!asked || !element) return;
    const rest = text.slice(asked.from + asked.typed.length);
    const named = `${text.slice(0, asked.from)}${agent.name} `;
    element.setRangeText(named + rest.replace(/^ /, ''), 0, text.length, 'end');
    element.setSelectionRange(named.length, named.length);
    onText(element.value);
    setAsked(null);
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || event.ctrlKey || event.metaKey) return;
    const agent = offered[active];
    if (event.key === 'Escape') {
      if (agent) setAsked(null);
      else area.current?.closest<HTMLElement>(`[${HOME}]`)?.focus();
    } else if (!agent) return;
    else if (event.key === 'Enter' || event.key === 'Tab') mention(agent);
    else if (event.key === 'ArrowDown') setAt((active + 1) % offered.length);
    else if (event.key === 'ArrowUp') setAt((active - 1 + offered.length) % offered.length);
    else return;
    event.preventDefault();
  };

  return (
    <div className={css.writing}>
      {offered.length > 0 && (
        <div id={`${id}-list`} role="listbox" aria-label="Colleagues" className={css.colleagues}>
          {offered.map((agent, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the text has the keys and the focus
            <div
              key={agent.id}
              id={`${id}-${index}`}
              role="option"
              aria-selected={index === active}
              className={css.colleague}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => mention(agent)}
            >
              {agent.name}
            </div>
          ))}
        </div>
      )}
      <textarea
        ref={area}
        className={css.area}
        rows={2}
        maxLength={65_536}
        aria-label={label}
        aria-autocomplete={colleagues.length > 0 ? 'list' : undefined}
        aria-controls={offered.length > 0 ? `${id}-list` : undefined}
        aria-activedescendant={offered.length > 0 ? `${id}-${active}` : undefined}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          onText(event.currentTarget.value);
          look(event.currentTarget);
        }}
        onBlur={() => setAsked(null)}
        onKeyDown={press}
      />
    </div>
  );
}
