import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { useStore } from '../../ui/store';
import { resume } from '../compose/outbox';
import { Menu } from './Menu';
import { menu } from './menus';

/** The open menu on tickets, wherever it was opened from; and what was said and is still to be sent goes on being sent. */
export function TicketMenus() {
  const client = useQueryClient();
  const open = useStore(menu, (now) => now);
  useEffect(() => resume(client), [client]);
  return open && <Menu {...open} />;
}
