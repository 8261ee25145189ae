//! The floor and what waiting tickets wait for, as they are shown by the API and the command line.

use crate::store::types::FloorRow;
use jiff::Timestamp;
use rota_core::access::{Actor, Memberships, Role, Section, Subject, reach};
use rota_core::floor::{self, PoolFloor, WaysOut};
use rota_core::ids::AgentId;
use rota_core::receipt::{Reason, Seat};
use rota_core::roster::Roster;
use rota_core::ticket::Pool;
use serde_json::{Value, json};

/// As much of the floor as `by` sees; `None` for those who see nothing of it.
pub fn shown(row: &FloorRow, by: &Actor, now: Timestamp) -> Option<Value> {
    let viewer = Viewer::new(by, &row.roster);
    if !viewer.sees_anything() {
        return None;
    }
    let mut assigner = floor::assigner(&row.roster, &row.pools, &row.loads, now);
    let agents = floor::agents(&mut assigner);
    let agents = agents.iter().filter(|seat| viewer.sees(Subject::Agent(seat.agent)));
    let agents: Vec<Value> = agents.map(|seat| agent_view(seat, &row.roster)).collect();
    let pools = floor::pools(&mut assigner);
    let pools = pools.iter().filter(|pool| viewer.sees_pool(pool.pool));
    let pools: Vec<Value> = pools.map(|pool| pool_view(pool, row)).collect();
    Some(json!({ "at": now, "agents": agents, "pools": pools }))
}

/// Who looks at the floor, and at what of it.
struct Viewer<'a> {
    actor: &'a Actor,
    teams: Memberships,
}

impl<'a> Viewer<'a> {
    fn new(actor: &'a Actor, roster: &Roster) -> Self {
        let teams = roster.teams().iter().map(|team| (team.id, team.members.clone())).collect();
        Self { actor, teams }
    }

    fn sees(&self, subject: Subject) -> bool {
        reach(self.actor, Section::Floor).to_see(self.actor, subject, &self.teams).is_ok()
    }

    fn sees_pool(&self, pool: Pool) -> bool {
        match pool {
            Pool::Store => self.sees_anything(),
            Pool::Team(team) => self.sees(Subject::Team(team)),
        }
    }

    /// The store's pool is everybody's who sees any.
    fn sees_anything(&self) -> bool {
        !matches!(self.actor, Actor::Agent { role: Role::Agent, .. })
    }
}

fn agent_view(seat: &Seat, roster: &Roster) -> Value {
    let agent = roster.agent(seat.agent);
    json!({
        "agentId": seat.agent,
        "name": agent.map(|agent| &*agent.name),
        "online": agent.is_some_and(|agent| agent.online),
        "open": seat.open,
        "limit": seat.limit,
        "state": shown_state(seat.reason),
        "until": seat.until,
    })
}

/// Who could be given a ticket is free.
pub fn shown_state(reason: Reason) -> &'static str {
    if reason == Reason::NotTheirTurn { "free" } else { reason.name() }
}

fn pool_view(pool: &PoolFloor, row: &FloorRow) -> Value {
    let oldest = row.oldest.get(&pool.pool);
    let free = pool.standings.get(&Reason::NotTheirTurn).copied().unwrap_or_default();
    let mut barred = pool.standings.clone();
    barred.remove(&Reason::NotTheirTurn);
    json!({
        "pool": place(pool.pool, &row.roster),
        "policy": pool.policy,
        "waiting": pool.waiting,
        "oldestTicketId": oldest.map(|oldest| oldest.ticket),
        "waitingSince": oldest.map(|oldest| oldest.since),
        "lastAgentId": pool.last,
        "nextAgentId": pool.next,
        "free": free,
        "others": barred,
    })
}

fn place(pool: Pool, roster: &Roster) -> Value {
    match pool {
        Pool::Store => json!({ "kind": "store", "id": null, "name": null }),
        Pool::Team(id) => {
            json!({ "kind": "team", "id": id, "name": roster.team(id).map(|team| &*team.name) })
        }
    }
}

/// What a waiting ticket waits for. An agent is told of colleagues' leave and hours only that they come (desk 5).
pub fn waits_for(ways: &WaysOut, roster: &Roster, actor: &Actor) -> Value {
    let name = |agent: AgentId| roster.agent(agent).map(|agent| &*agent.name);
    let veiled = |agent: AgentId, reason: Reason| match actor {
        Actor::Agent { id, role: Role::Agent } if *id != agent => reason.to_colleagues(),
        _ => reason,
    };
    let by_clock = ways.by_clock.iter().map(|(agent, reason, at)| {
        json!({ "agentId": agent, "name": name(*agent), "reason": veiled(*agent, *reason), "at": at })
    });
    let called = |agent: AgentId| name(agent).map_or_else(|| format!("agent {agent}"), str::to_owned);
    json!({
        "pool": place(ways.pool, roster),
        "text": ways.lines(called, veiled),
        "byClock": by_clock.collect::<Vec<_>>(),
        "afterOneClosing": ways.after_one_closing,
        "offline": ways.offline,
        "passedBefore": ways.passed_before,
        "couldNow": ways.could_now,
    })
}
