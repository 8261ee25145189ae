import { Menu } from '@mantine/core';
import { useState } from 'react';
import { useCommands } from '../commands/commands';
import { useStore } from '../ui/store';
import { age, inFull } from '../ui/time';
import { useNow } from '../ui/useNow';
import type { Notice } from './notice';
import css from './notices.module.css';
import { countUnread, newest, useNotices } from './useNotices';
import { HEADLINES } from './words';

/** What happened of one's own concern: a list of it, its number, and who speaks it. */
export function Bell() {
  const { notices, open } = useNotices();
  const [opened, setOpened] = useState(false);
  const all = useStore(notices, (is) => is);
  const unread = countUnread(all);
  useCommands([
    {
      id: 'notices.show',
      title: 'Notices',
      group: 'Desk',
      shortcut: { code: 'KeyB' },
      keywords: 'bell notifications',
      run: () => setOpened(true),
    },
    {
      id: 'notices.next',
      title: 'Open the newest unread notice',
      group: 'Go to',
      shortcut: { code: 'KeyB', shift: true },
      keywords: 'notices bell notifications',
      when: () => unread > 0,
      run: () => {
        const first = all.find(({ isRead }) => !isRead);
        if (first) open(first.ticketId);
      },
    },
    {
      id: 'notices.read',
      title: 'Mark all notices as read',
      group: 'Desk',
      keywords: 'bell notifications',
      when: () => unread > 0,
      run: () => notices.read(),
    },
  ]);
  return (
    <>
      <Menu position="bottom-end" width={340} withinPortal={false} opened={opened} onChange={setOpened}>
        <Menu.Target>
          <button type="button" className={css.bell} aria-label={`Notices: ${unread || 'none'} unread`}>
            <svg viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
              <path d="M3.5 11.5h9c-1-1-1.2-2.2-1.2-4.2A3.3 3.3 0 0 0 8 4a3.3 3.3 0 0 0-3.3 3.3c0 2-.2 3.2-1.2 4.2zM8 4V2.6M6.8 13.4h2.4" />
            </svg>
            {unread > 0 && <span className={css.unread}>{unread}</span>}
          </button>
        </Menu.Target>
        <Menu.Dropdown className={css.list}>
          {all.length === 0 && (
            <Menu.Item className={css.none} data-autofocus>
              Nothing yet. What is assigned to you, mentions you or comes back to you shows up here.
            </Menu.Item>
          )}
          {unread > 0 && <Menu.Item onClick={() => notices.read()}>Mark all as read</Menu.Item>}
          {unread > 0 && <Menu.Divider />}
          {all.map((notice, index) => (
            <Line key={notice.id} notice={notice} isFirst={index === 0} onOpen={open} />
          ))}
        </Menu.Dropdown>
      </Menu>
      <Spoken />
    </>
  );
}

interface LineProps {
  notice: Notice;
  /** It has the focus once the list opens. */
  isFirst: boolean;
  onOpen: (ticketId: number) => void;
}

function Line({ notice, isFirst, onOpen }: LineProps) {
  const now = useNow();
  const { kind, ticketId, title, at, isRead } = notice;
  return (
    <Menu.Item
      component="a"
      href={`/t/${ticketId}`}
      className={css.notice}
      data-autofocus={isFirst || undefined}
      data-unread={!isRead || undefined}
      onClick={(event) => {
        if (event.metaKey || event.ctrlKey || event.shiftKey) return;
        event.preventDefault();
        onOpen(ticketId);
      }}
    >
      <span className={css.title}>
        #{ticketId} {title}
      </span>
      <span className={css.kind}>
        {!isRead && <span className={css.hidden}>Unread: </span>}
        {HEADLINES[kind]}
      </span>
      <time className={css.age} dateTime={at} title={inFull(at)}>
        {age(at, now)}
      </time>
    </Menu.Item>
  );
}

function Spoken() {
  const notice = useStore(newest, (is) => is);
  return (
    <span role="status" className={css.hidden}>
      {notice && `${HEADLINES[notice.kind]}: number ${notice.ticketId}, ${notice.title}`}
    </span>
  );
}
