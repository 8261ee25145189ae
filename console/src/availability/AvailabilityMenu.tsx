import { Menu } from '@mantine/core';
import { lazy, Suspense, useState } from 'react';
import { registry } from '../commands/commands';
import { Keys } from '../ui/Keys';
import { useNow } from '../ui/useNow';
import { useAvailability } from './availability';
import css from './availability.module.css';
import { BREAKS, useAvailabilityCommands } from './useAvailabilityCommands';
import { inWords } from './words';

const AwayDialog = lazy(() => import('./AwayDialog'));

/** Whether one takes tickets, and what changes it. */
export function AvailabilityMenu() {
  const availability = useAvailability();
  const now = useNow();
  const [opened, setOpened] = useState(false);
  useAvailabilityCommands(() => setOpened(true));
  const isAway = availability?.status === 'away';
  const words = availability ? inWords(availability, now) : '';
  return (
    <>
      <Menu position="bottom-end" width={250} withinPortal={false}>
        <Menu.Target>
          <button
            type="button"
            className={css.button}
            data-status={availability?.status}
            aria-label={`Availability: ${words || 'not known yet'}`}
            title={words}
          >
            <span className={css.dot} />
            <span className={css.words}>{words}</span>
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          <Item id="availability.toggle" keys>
            {isAway ? 'Become available' : 'Go away…'}
          </Item>
          {isAway && <Item id="availability.change">Change reason or time…</Item>}
          <Menu.Divider />
          <Menu.Label>Away, and back</Menu.Label>
          {BREAKS.map(({ end, title }) => (
            <Item key={end} id={`availability.${end}`}>
              {title}
            </Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Suspense>{opened && <AwayDialog onClose={() => setOpened(false)} />}</Suspense>
    </>
  );
}

function Item({ id, keys, children }: { id: string; keys?: boolean; children: string }) {
  const shortcut = keys ? registry.find(id)?.shortcut : undefined;
  return (
    <Menu.Item onClick={() => registry.run(id)} rightSection={shortcut && <Keys of={shortcut} />}>
      {children}
    </Menu.Item>
  );
}
