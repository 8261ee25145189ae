import { useQueryClient } from '@tanstack/react-query';
import { Outlet, useNavigate } from '@tanstack/react-router';
import { lazy, Suspense, useState } from 'react';
import { Idle } from '../availability/Idle';
import { useCommands, useShortcuts } from '../commands/commands';
import { Palette } from '../commands/Palette';
import { Views } from '../inbox/Views';
import { Live } from '../live/Live';
import { ended, useSignOut } from '../session/session';
import { canUndo, undo } from '../ticket/commands';
import { TicketMenus } from '../ticket/menus/TicketMenus';
import { useStore } from '../ui/store';
import { Connection } from './Connection';
import { HOME, useFocusKeeper } from './focus';
import { Header } from './Header';
import css from './shell.module.css';

const ShortcutsDialog = lazy(() => import('../commands/ShortcutsDialog'));
const SessionEnded = lazy(() => import('../session/SessionEnded'));
const PreferencesDialog = lazy(() => import('../preferences/PreferencesDialog'));
const SessionsDialog = lazy(() => import('../session/SessionsDialog'));

type Open = 'palette' | 'shortcuts' | 'preferences' | 'sessions' | null;

/** What is around every page of the desk. */
export default function Shell() {
  const [open, setOpen] = useState<Open>(null);
  const isEnded = useStore(ended, (is) => is);
  const close = () => setOpen(null);
  useDeskCommands(setOpen);
  useShortcuts();
  useFocusKeeper();

  return (
    <div className={css.shell}>
      <a className={css.skip} href="#main">
        Skip to content
      </a>
      <Header />
      <Views className={css.nav} />
      <main id="main" className={css.main} tabIndex={-1} {...{ [HOME]: '' }}>
        <Connection />
        <Outlet />
      </main>
      <Live />
      <TicketMenus />
      {!isEnded && <Idle />}
      {open === 'palette' && <Palette onClose={close} />}
      <Suspense>
        {isEnded && <SessionEnded />}
        {open === 'shortcuts' && <ShortcutsDialog opened onClose={close} />}
        {open === 'preferences' && <PreferencesDialog opened onClose={close} />}
        {open === 'sessions' && <SessionsDialog onClose={close} />}
      </Suspense>
    </div>
  );
}

function useDeskCommands(setOpen: (open: Open) => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const signOut = useSignOut();
  useCommands([
    {
      id: 'desk.palette',
      title: 'Find a command',
      group: 'Desk',
      shortcut: { code: 'KeyK', mod: true, typing: true },
      run: () => setOpen('palette'),
    },
    {
      id: 'desk.shortcuts',
      title: 'Keyboard shortcuts',
      group: 'Desk',
      shortcut: { code: 'Slash', shift: true },
      keywords: 'help keys',
      run: () => setOpen('shortcuts'),
    },
    {
      id: 'desk.undo',
      title: 'Undo the last change',
      group: 'Desk',
      shortcut: { code: 'KeyZ' },
      when: canUndo,
      run: () => void undo(client),
    },
    {
      id: 'desk.preferences',
      title: 'Preferences',
      group: 'Desk',
      keywords: 'settings theme dark light notices sound',
      run: () => setOpen('preferences'),
    },
    {
      id: 'desk.sessions',
      title: 'Where you are signed in',
      group: 'Desk',
      keywords: 'sessions browsers sign out everywhere devices',
      run: () => setOpen('sessions'),
    },
    { id: 'desk.signOut', title: 'Sign out', group: 'Desk', keywords: 'log out', run: () => void signOut() },
    {
      id: 'go.inbox',
      title: 'Inbox',
      group: 'Go to',
      shortcut: { code: 'KeyI' },
      run: () => void navigate({ to: '/inbox' }),
    },
  ]);
}
