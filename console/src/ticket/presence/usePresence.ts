import { useQueryClient } from '@tanstack/react-query';
import { useContext, useEffect, useRef } from 'react';
import { api, told } from '../../api/client';
import { ticketQuery } from '../../api/queries';
import { useIsLive } from '../../live/Live';
import { Shown, useWhileShown } from '../../ui/shown';
import { attend, type Presence } from './presence';

/** Has others see that one looks at a ticket. */
export function usePresence(id: number) {
  useWhileShown(() => attend(id, tell), [id]);
  useReturn(id);
}

/** Nobody is harmed where it does not arrive: the next beat says it again. */
function tell(presence: Presence) {
  void told(api.PUT('/v1/session/viewing', { body: presence })).catch(() => {});
}

/** Who looks at a ticket is not told again after a gap of the stream, and so is asked for: now, or when the page is shown again. */
function useReturn(id: number) {
  const client = useQueryClient();
  const isLive = useIsLive();
  const shown = useContext(Shown);
  const was = useRef(isLive);
  useEffect(() => {
    if (was.current === false && isLive) {
      const refetchType = shown.get() ? 'active' : 'none';
      void client.invalidateQueries({ queryKey: ticketQuery(id).queryKey, refetchType });
    }
    was.current = isLive;
  }, [client, id, isLive, shown]);
}
