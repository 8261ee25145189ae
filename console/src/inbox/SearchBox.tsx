import { useEffect, useRef, useState } from 'react';
import { useCommands } from '../commands/commands';
import { Keys } from '../ui/Keys';
import css from './inbox.module.css';

/** How long nothing is typed before it is searched, in milliseconds. */
const REST = 180;

interface Props {
  text: string;
  onSearch: (text: string) => void;
  /** The keys go on to what was found. */
  onLeave: () => void;
}

export function SearchBox({ text, onSearch, onLeave }: Props) {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);
  const [typed, setTyped] = useState(text);
  useEffect(() => () => clearTimeout(timer.current), []);
  // What was asked for and has not come back as `text`: anything else that comes is from outside, as by going back.
  const asked = useRef<string[]>([]);
  useEffect(() => {
    const at = asked.current.indexOf(text);
    if (at < 0 && asked.current.length === 0) setTyped(text);
    asked.current.splice(0, at + 1);
  }, [text]);
  useCommands([
    {
      id: 'list.search',
      title: 'Search',
      group: 'List',
      shortcut: { code: 'Slash' },
      keywords: 'find',
      run: () => input.current?.select(),
    },
  ]);

  const search = (next: string) => {
    clearTimeout(timer.current);
    setTyped(next);
    timer.current = setTimeout(() => {
      const sought = next.trim();
      if (sought !== text) asked.current.push(sought);
      onSearch(sought);
    }, REST);
  };
  const press = (key: string): boolean => {
    if (key === 'Escape' && typed !== '') search('');
    if (key !== 'Escape' && key !== 'Enter' && key !== 'ArrowDown') return false;
    onLeave();
    return true;
  };

  return (
    <search className={css.search}>
      <input
        ref={input}
        type="search"
        aria-label="Search tickets"
        placeholder="1042, last 6 of a phone, mail, name, words"
        maxLength={200}
        value={typed}
        onChange={(event) => search(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (!event.nativeEvent.isComposing && press(event.key)) event.preventDefault();
        }}
      />
      <Keys of={{ code: 'Slash' }} />
    </search>
  );
}
