import { useQueryClient } from '@tanstack/react-query';
import { reasonOf } from '../api/problem';
import type { Availability } from '../api/types';
import { useCommands } from '../commands/commands';
import { useSession } from '../session/session';
import { toast } from '../ui/toasts';
import { set, useAvailability } from './availability';
import { ENDS, type End, momentOf } from './ends';
import { inWords } from './words';

/** The ends of a short break, each a command of its own. */
export const BREAKS = ENDS.filter(({ end }) => end === '15m' || end === '30m' || end === '1h');

/** What sets one's own availability and says what came of it; resolves to whether it was set. */
export function useSetAvailability() {
  const client = useQueryClient();
  const { agent } = useSession();
  return async (wanted: Availability, giveOn = false): Promise<boolean> => {
    try {
      const outcome = await set(client, agent.id, wanted, giveOn);
      if (outcome.kind === 'changed') {
        toast({
          kind: 'error',
          text: `Changed elsewhere to: ${inWords(outcome.is, Date.now())}. That stays.`,
        });
      } else toast({ kind: 'done', text: `${inWords(wanted, Date.now())}.` });
      return outcome.kind === 'set';
    } catch (error) {
      toast({ kind: 'error', text: `Your availability was not changed. ${reasonOf(error)}` });
      return false;
    }
  };
}

export function useAvailabilityCommands(onAway: () => void) {
  const set = useSetAvailability();
  const isAway = useAvailability()?.status === 'away';
  const away = (end: End) => {
    const until = momentOf(end, new Date());
    void set({ status: 'away', ...(until && { until: until.toISOString() }) });
  };
  useCommands([
    {
      id: 'availability.toggle',
      title: isAway ? 'Become available' : 'Go away',
      group: 'Desk',
      shortcut: { code: 'KeyA', shift: true },
      keywords: 'availability online offline take tickets break',
      run: () => (isAway ? void set({ status: 'online' }) : onAway()),
    },
    {
      id: 'availability.change',
      title: 'Change why, or until when, you are away',
      group: 'Desk',
      keywords: 'availability reason end',
      when: () => isAway,
      run: onAway,
    },
    ...BREAKS.map(({ end, title }) => ({
      id: `availability.${end}`,
      title: `Go away, back ${title.toLowerCase()}`,
      group: 'Desk' as const,
      keywords: 'availability break lunch',
      run: () => away(end),
    })),
  ]);
}
