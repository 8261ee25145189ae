import { agentName, labelName, stageName, teamName } from '../../api/names';
import type { Directory } from '../../api/queries';
import type { TimelineEntry } from '../../api/types';
import { inFull } from '../../ui/time';

/** One end of a change, as far as the words need it. */
interface End {
  stageId?: number | null;
  agentId?: number | null;
  teamId?: number | null;
  snoozedUntil?: string | null;
  mergedInto?: number | null;
  priority?: string;
}

const PLAIN: Record<string, string> = {
  claimed: 'claimed it',
  reopened: 'opened it again',
  woken: 'woke it',
  unmerged: 'took the merge apart',
  undone: 'took a change back',
};

/** `#12: ` before what happened to a ticket that was merged into the one that is shown. */
export function ofOther({ ticketId }: TimelineEntry): string {
  return ticketId === undefined ? '' : `#${ticketId}: `;
}

/** What an entry says, after the name of who did it. */
export function wordsOf(entry: TimelineEntry, directory: Directory): string {
  const to = (entry.to ?? {}) as End;
  const plain = PLAIN[entry.kind];
  if (plain) return plain;
  switch (entry.kind) {
    case 'created':
      return entry.linkedTo ? `made the ticket, going on from #${entry.linkedTo}` : 'made the ticket';
    case 'closed':
      return entry.by.kind === 'clock' ? 'closed it after a quiet time' : 'closed it';
    case 'assigned':
    case 'given_on':
    case 'handed_out':
      return `${entry.kind === 'given_on' ? 'gave it on' : 'gave it'} to ${receiver(to, directory)}`;
    case 'passed':
      return `passed it on to ${receiver(to, directory)}: ${String(entry.reason ?? '')}`;
    case 'snoozed':
      return to.snoozedUntil ? `snoozed it until ${inFull(to.snoozedUntil)}` : 'snoozed it';
    case 'stage_set':
      return to.stageId ? `moved it to ${stageName(directory, to.stageId)}` : 'moved it to another stage';
    case 'merged':
      return to.mergedInto ? `merged it into #${to.mergedInto}` : 'merged it';
    case 'priority_set':
      return `changed the priority to ${to.priority}`;
    case 'labelled':
      return labelled(entry, directory);
    default:
      return `did something new here: ${entry.kind}`;
  }
}

function receiver({ agentId, teamId }: End, directory: Directory): string {
  if (agentId) return agentName(directory, agentId);
  return teamId ? teamName(directory, teamId) : 'nobody; it waits';
}

function labelled(entry: TimelineEntry, directory: Directory): string {
  const names = (ids: unknown) => ((ids ?? []) as number[]).map((id) => labelName(directory, id)).join(', ');
  const [added, removed] = [names(entry.added), names(entry.removed)];
  return (
    [added && `added ${added}`, removed && `took off ${removed}`].filter(Boolean).join(' and ') ||
    'changed the labels'
  );
}
