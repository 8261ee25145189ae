import { Menu } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { lazy, Suspense, useState } from 'react';
import type { View } from '../api/types';
import { useCommands, useCommandsOf } from '../commands/commands';
import { isPossible } from '../commands/registry';
import { useSession } from '../session/session';
import { addressOf, filterIn, filterOf, type Given } from './filter';
import css from './filters.module.css';
import { updateView } from './savedViews';

const SaveDialog = lazy(() => import('./SaveDialog'));
const DeleteDialog = lazy(() => import('./DeleteDialog'));

type Open = 'save' | 'rename' | 'delete' | null;

interface Props {
  view: View;
  given: Given;
}

const COMMANDS = ['view.update', 'view.save', 'view.rename', 'view.delete'];

/** What can be done with the view, and with the list as it is now. */
export function ViewMenu({ view, given }: Props) {
  const client = useQueryClient();
  const { agent } = useSession();
  const [open, setOpen] = useState<Open>(null);
  const { sort = 'newest', ...filter } = filterIn(view, given);
  const list = { filter: addressOf(filter), sort: sort === 'match' ? 'newest' : sort } as const;
  const isChanged = list.filter !== addressOf(filterOf(view)) || list.sort !== view.sort;
  const isOwn = !view.standard && (!view.shared || agent.role !== 'agent');
  useCommands([
    {
      id: 'view.update',
      title: 'Save the changes to this view',
      group: 'List',
      when: () => isOwn && isChanged,
      run: () => void updateView(client, view.id, list),
    },
    {
      id: 'view.save',
      title: 'Save as a new view',
      group: 'List',
      keywords: 'filter',
      run: () => setOpen('save'),
    },
    {
      id: 'view.rename',
      title: 'Rename or share this view',
      group: 'List',
      when: () => isOwn,
      run: () => setOpen('rename'),
    },
    {
      id: 'view.delete',
      title: 'Delete this view',
      group: 'List',
      keywords: 'remove',
      when: () => isOwn,
      run: () => setOpen('delete'),
    },
  ]);
  const commands = useCommandsOf(COMMANDS).filter(isPossible);
  const close = () => setOpen(null);
  return (
    <>
      <Menu position="bottom-end" width={240}>
        <Menu.Target>
          <button type="button" className={css.tool} aria-label="View">
            ⋯
          </button>
        </Menu.Target>
        <Menu.Dropdown>
          {commands.map(({ id, title, run }) => (
            <Menu.Item key={id} onClick={run}>
              {title}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Suspense>
        {open === 'save' && <SaveDialog list={list} onClose={close} />}
        {open === 'rename' && <SaveDialog view={view} list={{}} onClose={close} />}
        {open === 'delete' && <DeleteDialog view={view} onClose={close} />}
      </Suspense>
    </>
  );
}
