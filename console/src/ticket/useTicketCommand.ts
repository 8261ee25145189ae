import { useQueryClient } from '@tanstack/react-query';
import { useCallback } from 'react';
import type { CommandBody, CommandName, Ticket } from '../api/types';
import { orderAll } from './bulk';
import { order } from './commands';
import type { Order } from './expected';

/** `run(17, 'close', {})`; every command on a ticket goes through here. */
export function useTicketCommand() {
  const client = useQueryClient();
  return useCallback(
    <C extends CommandName>(id: number, command: C, body: CommandBody<C>): Promise<Ticket | null> =>
      order(client, id, { command, body } as unknown as Order),
    [client],
  );
}

/** `run([17, 18], 'close', {})`, for one ticket or many; resolves to the numbers of those that were refused. */
export function useTicketsCommand() {
  const client = useQueryClient();
  return useCallback(
    async <C extends CommandName>(
      ids: readonly number[],
      command: C,
      body: CommandBody<C>,
    ): Promise<number[]> => {
      const what = { command, body } as unknown as Order;
      const [id, ...others] = ids;
      if (id === undefined || others.length > 0) return orderAll(client, ids, what);
      return (await order(client, id, what)) ? [] : [id];
    },
    [client],
  );
}
