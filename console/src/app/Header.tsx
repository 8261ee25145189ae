import { Menu } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { AvailabilityMenu } from '../availability/AvailabilityMenu';
import { registry, useCommandsOf } from '../commands/commands';
import { Bell } from '../notices/Bell';
import { useSession } from '../session/session';
import { Keys } from '../ui/Keys';
import css from './shell.module.css';

export function Header() {
  return (
    <header className={css.header}>
      <Link to="/inbox" className={css.brand} aria-label="Rota, to the inbox">
        <svg viewBox="0 0 32 32" width="20" height="20" aria-hidden="true">
          <circle cx="16" cy="16" r="11" className={css.ring} />
          <circle cx="25.5" cy="10.5" r="4" className={css.seat} />
        </svg>
        <span>Rota</span>
      </Link>
      <div className={css.tools}>
        <AvailabilityMenu />
        <Bell />
        <button type="button" className={css.palette} onClick={() => registry.run('desk.palette')}>
          <span>Commands</span>
          <Keys of={{ code: 'KeyK', mod: true }} />
        </button>
        <Account />
      </div>
    </header>
  );
}

const ACCOUNT = ['desk.preferences', 'desk.shortcuts', 'desk.sessions', 'desk.signOut'];

function Account() {
  const { agent } = useSession();
  const commands = useCommandsOf(ACCOUNT);
  const initials = agent.name
    .split(/\s+/)
    .slice(0, 2)
    .map((word) => word[0]?.toUpperCase());
  return (
    <Menu position="bottom-end" width={230} withinPortal={false}>
      <Menu.Target>
        <button type="button" className={css.account} aria-label={`Account: ${agent.name}`}>
          {initials}
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {agent.name}, {agent.email}
        </Menu.Label>
        {commands.map(({ id, title, shortcut, run }) => (
          <Menu.Item key={id} onClick={run} rightSection={shortcut && <Keys of={shortcut} />}>
            {title}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
