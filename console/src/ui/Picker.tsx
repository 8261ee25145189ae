import { Modal } from '@mantine/core';
import { type KeyboardEvent, type ReactNode, useId, useLayoutEffect, useRef, useState } from 'react';
import type { Option } from './options';
import css from './picker.module.css';
import { useFocusBack } from './useFocusBack';

interface Props {
  /** What is chosen, and for what: `Assign #7`. */
  title: string;
  placeholder: string;
  /** What can be chosen, for what was typed. */
  options: (text: string) => Option[];
  /** Several can be chosen: it stays open, and `onClose` has them done. */
  multiple?: boolean;
  onPick: (option: Option) => void;
  onClose: () => void;
  /** Whether the focus goes back to where it was; else who closes it sees to that. */
  returnFocus?: boolean;
  /** Its greatest width, in pixels. */
  size?: number;
  /** Said where nothing is found. */
  nothing: string;
  hint?: ReactNode;
}

/** A dialog of one line to type in and a list to choose from. */
export function Picker(props: Props) {
  const { title, onClose, returnFocus = false, size = 440 } = props;
  useFocusBack(returnFocus);
  return (
    <Modal.Root opened {...{ onClose, size }} returnFocus={false} yOffset="12vh" padding={0}>
      <Modal.Overlay />
      <Modal.Content aria-label={title}>
        <Modal.Body>
          <Choice {...props} />
        </Modal.Body>
      </Modal.Content>
    </Modal.Root>
  );
}

function Choice({ title, placeholder, options, multiple = false, onPick, nothing, hint }: Props) {
  const id = useId();
  const [text, setText] = useState('');
  const [at, setAt] = useState(0);
  const shown = options(text);
  const active = Math.min(at, shown.length - 1);
  const idOf = (index: number) => `${id}-${index}`;
  const input = useRef<HTMLInputElement>(null);
  // The dialog gives it the focus a moment later, too late for who types on.
  useLayoutEffect(() => input.current?.focus(), []);

  const move = (to: number) => {
    const next = (to + shown.length) % Math.max(shown.length, 1);
    setAt(next);
    document.getElementById(idOf(next))?.scrollIntoView({ block: 'nearest' });
  };
  const pick = (index: number) => {
    const option = shown[index];
    if (option) onPick(option);
  };
  const press = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing || !['ArrowDown', 'ArrowUp', 'Enter'].includes(event.key)) return;
    event.preventDefault();
    if (event.key === 'Enter') pick(active);
    else move(event.key === 'ArrowDown' ? active + 1 : active - 1);
  };

  return (
    <>
      <p className={css.title}>{title}</p>
      <input
        ref={input}
        className={css.input}
        data-autofocus
        role="combobox"
        aria-expanded
        aria-autocomplete="list"
        aria-controls={`${id}-list`}
        aria-activedescendant={shown.length > 0 ? idOf(active) : undefined}
        aria-label={placeholder}
        placeholder={placeholder}
        value={text}
        onChange={(event) => {
          setText(event.currentTarget.value);
          setAt(0);
        }}
        onKeyDown={press}
      />
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={title}
        aria-multiselectable={multiple || undefined}
        className={css.list}
        data-marks={shown.some(({ icon, checked }) => icon || checked !== undefined) || undefined}
      >
        {groupsOf(shown).map(({ name, from, options: some }) => (
          // biome-ignore lint/a11y/useSemanticElements: a group of a listbox
          <div key={`${name}-${from}`} role="group" aria-label={name}>
            {name && (
              <p className={css.group} aria-hidden="true">
                {name}
              </p>
            )}
            {some.map((option, index) => (
              <Row
                key={option.id}
                {...{ option, multiple }}
                id={idOf(from + index)}
                isActive={from + index === active}
                onMove={() => setAt(from + index)}
                onPick={() => pick(from + index)}
              />
            ))}
          </div>
        ))}
      </div>
      {shown.length === 0 && (
        <p role="status" className={css.nothing}>
          {nothing}
        </p>
      )}
      {hint && <p className={css.hint}>{hint}</p>}
    </>
  );
}

interface RowProps {
  option: Option;
  id: string;
  multiple: boolean;
  isActive: boolean;
  onMove: () => void;
  onPick: () => void;
}

function Row({ option, id, multiple, isActive, onMove, onPick }: RowProps) {
  const { title, detail, icon, checked } = option;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents lint/a11y/useFocusableInteractive: the input has the keys and the focus
    <div
      id={id}
      role="option"
      aria-selected={multiple ? checked === true : isActive}
      aria-checked={multiple ? checked : undefined}
      data-active={isActive || undefined}
      className={css.option}
      onMouseMove={onMove}
      onClick={onPick}
    >
      <span className={css.mark} aria-hidden="true">
        {checked === true ? '✓' : checked === 'mixed' ? '–' : icon}
      </span>
      <span className={css.name}>{title}</span>
      <span className={css.detail}>{detail}</span>
    </div>
  );
}

function groupsOf(options: Option[]): { name: string | undefined; from: number; options: Option[] }[] {
  const groups: { name: string | undefined; from: number; options: Option[] }[] = [];
  for (const [index, option] of options.entries()) {
    const last = groups.at(-1);
    if (last && last.name === option.group) last.options.push(option);
    else groups.push({ name: option.group, from: index, options: [option] });
  }
  return groups;
}
