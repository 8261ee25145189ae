import { useQueryClient } from '@tanstack/react-query';
import { useEffect } from 'react';
import { directoryQuery } from '../../api/queries';
import type { Agent, Team, Ticket } from '../../api/types';
import { useDirectory } from '../../api/useDirectory';
import { useSession } from '../../session/session';
import { found, type Option } from '../../ui/options';
import { Picker } from '../../ui/Picker';
import { guardOf } from '../catalogue';
import { closeMenu, type OpenMenu, titleOf } from './menus';
import css from './menus.module.css';
import { inOrder, isThere, loadOf, presenceOf } from './people';

/** To whom: oneself first, then who is there and how loaded, teams, nobody. */
export function AssignMenu({ tickets, give }: OpenMenu) {
  const client = useQueryClient();
  const { agents, teams } = useDirectory();
  const me = useSession().agent.id;
  // Loads are no events: they are read when somebody looks at them.
  useEffect(() => void client.invalidateQueries({ queryKey: directoryQuery.queryKey }), [client]);

  const options = [
    ...inOrder(agents.values(), me).map((agent) => person(agent, me, tickets)),
    ...[...teams.values()].filter(({ active }) => active).map((team) => crew(team, agents, tickets)),
    { id: 'nobody', title: 'Nobody, back to the pool', group: 'Teams' },
  ];
  const pick = ({ id, checked }: Option) => {
    closeMenu();
    if (checked === true) return;
    const [kind, number] = id.split(':');
    if (kind === 'agent') give('assign', { agentId: Number(number), ...guardOf(tickets) });
    else if (kind === 'team') give('assign', { teamId: Number(number), ...guardOf(tickets) });
    else give('assign', { agentId: null, ...guardOf(tickets) });
  };
  return (
    <Picker
      title={`Assign ${titleOf(tickets)}`}
      placeholder="Assign to"
      options={(text) => found(options, text)}
      onPick={pick}
      onClose={closeMenu}
      nothing="Nobody is called that."
    />
  );
}

function person(agent: Agent, me: number, tickets: readonly Ticket[]): Option {
  const there = isThere(agent);
  return {
    id: `agent:${agent.id}`,
    title: agent.id === me ? `${agent.name} (you)` : agent.name,
    group: 'People',
    icon: <span className={css.dot} data-there={there || undefined} />,
    detail: `${there ? 'online' : 'away'}, ${loadOf(agent)}`,
    checked: tickets.every(({ agentId }) => agentId === agent.id),
  };
}

function crew(team: Team, agents: ReadonlyMap<number, Agent>, tickets: readonly Ticket[]): Option {
  const isIts = ({ agentId, teamId }: Ticket) => agentId === null && teamId === team.id;
  return {
    id: `team:${team.id}`,
    title: team.name,
    group: 'Teams',
    detail: presenceOf(team, agents),
    checked: tickets.every(isIts),
  };
}
