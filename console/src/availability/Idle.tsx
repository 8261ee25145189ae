import { lazy, Suspense, useEffect, useRef, useState } from 'react';
import { useSession } from '../session/session';
import { useAvailability } from './availability';
import { watch } from './watch';

const StillThere = lazy(() => import('./StillThere'));

/** Asks before the server takes one offline for doing nothing, and says so once it has. */
export function Idle() {
  const { agent, storeId, idleAt } = useSession();
  const availability = useAvailability();
  const [until, setUntil] = useState<number | null>(null);
  const isOnline = availability?.status === 'online';
  const latest = useRef(isOnline);
  latest.current = isOnline;
  const isAsked = idleAt !== null;

  useEffect(
    () => watch({ name: `${storeId}:${agent.id}`, isAsked, isOnline: () => latest.current, onAsk: setUntil }),
    [storeId, agent.id, isAsked],
  );

  // Only where it was asked before: who comes back to the desk later sees in the header that they are away.
  const [wasAsked, setWasAsked] = useState(false);
  useEffect(() => {
    if (until !== null) setWasAsked(true);
    else if (isOnline) setWasAsked(false);
  }, [until, isOnline]);
  const wentAway = wasAsked && availability?.status === 'away' && availability.reason === 'idle';
  return (
    <Suspense>
      {(until !== null || wentAway) && (
        <StillThere until={wentAway ? null : until} onClose={() => setWasAsked(false)} />
      )}
    </Suspense>
  );
}
