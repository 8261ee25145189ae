import { actorName } from '../api/names';
import type { Directory } from '../api/queries';
import type { Decision } from '../api/types';
import { onWhat, poolName } from './words';

/** A step of the way to the decision; `decided` by it, gone `past`, or `idle`, as it was settled before. */
export interface Step {
  title: string;
  text: string;
  state: 'decided' | 'past' | 'idle';
}

const POLICIES = { round_robin: 'round robin', balanced: 'balanced', unassigned: 'people claim' };

/** From what was asked for to the outcome. */
export function pathOf(decision: Decision, directory: Directory): Step[] {
  const fresh =
    decision.trigger === 'created' ? [...created(decision, directory)] : [again(decision, directory)];
  return [...fresh, pool(decision), outcome(decision)];
}

function created(decision: Decision, directory: Directory): Step[] {
  const { route, rule, skipped, seats, pool } = decision;
  const isByTeam = route === 'pool' && pool?.kind === 'team' && rule === null;
  const asked =
    route === 'asked' ? (seats[0]?.name ?? 'an agent') : isByTeam ? `Team ${poolName(decision)}` : 'Nobody';
  const byName = route === 'asked' || isByTeam;
  const steps: Step[] = [
    { title: 'Asked for', text: asked, state: route === 'asked' ? 'decided' : 'past' },
    byName ? { title: 'Rules', text: 'Not asked', state: 'idle' } : rules(decision, directory),
  ];
  const last = skipped.find(({ ruleId }) => ruleId === null);
  if (route === 'sticky') steps.push({ title: 'Last agent', text: seats[0]?.name ?? '', state: 'decided' });
  else if (last) steps.push({ title: 'Last agent', text: `${last.name} could not`, state: 'past' });
  return steps;
}

function rules(decision: Decision, directory: Directory): Step {
  const { rule, route, skipped } = decision;
  const away = skipped.find(({ ruleId }) => ruleId !== null);
  const title = 'Rules';
  if (rule) {
    const text = `“${rule.name}” matched${onWhat(decision, directory)}`;
    return { title, text, state: route === 'rule' ? 'decided' : 'past' };
  }
  return { title, text: away ? `One leads to ${away.name}, who could not` : 'None matched', state: 'past' };
}

/** The first step of a ticket that was here before. */
function again({ trigger, by, route }: Decision, directory: Directory): Step {
  const who = actorName(directory, by);
  const state = route === 'asked' ? 'decided' : 'past';
  if (trigger === 'passed') return { title: 'Passed on', text: `By ${who}`, state };
  if (trigger === 'handed_out') return { title: 'Waited', text: 'Until somebody could', state };
  return { title: 'Assigned', text: `By ${who}`, state };
}

function pool(decision: Decision): Step {
  const { policy, chosen, route } = decision;
  if (route !== 'pool') return { title: 'Pool', text: 'Not asked', state: 'idle' };
  const name = decision.pool?.kind === 'team' ? poolName(decision) : 'The store’s';
  return {
    title: 'Pool',
    text: policy ? `${name}, ${POLICIES[policy]}` : name,
    state: chosen === null ? 'past' : 'decided',
  };
}

function outcome({ outcome, chosen, seats }: Decision): Step {
  const name = seats.find(({ agentId }) => agentId === chosen)?.name;
  const text = {
    assigned: name ?? 'Assigned',
    waiting: 'Waits for somebody',
    unclaimed: 'For people to claim',
  };
  return { title: 'Outcome', text: text[outcome], state: outcome === 'assigned' ? 'past' : 'decided' };
}
