//! What a replay is told as.

use crate::plural::counted;
use crate::store::types::CurrentSettings;
use jiff::Timestamp;
use rota_core::ids::{AgentId, TeamId};
use rota_core::replay::{AgentFigures, Figures, Handling, Overflow, Past, PoolFigures, Waits, Ways};
use rota_core::ticket::Pool;
use serde::Serialize;
use std::collections::HashMap;

/// Before, after, and as it was recorded.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    pub from: Timestamp,
    pub to: Timestamp,
    pub tickets: u64,
    /// What the draft changes, a line each.
    pub changes: Vec<String>,
    pub handling: HandlingTimes,
    /// By the settings as they are.
    pub before: Named,
    /// By the draft.
    pub after: Named,
    pub recorded: Named,
    pub not_guessed: Vec<String>,
}

/// Where handling times come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HandlingTimes {
    pub recorded: u64,
    pub still_open: u64,
    /// Those that nobody ever had.
    pub filled_in: u64,
    pub median_seconds: Option<i64>,
}

/// Figures with the names of people and teams.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Named {
    pub agents: Vec<NamedAgent>,
    pub ways: Ways,
    pub waiting: Waits,
    pub overflow: Overflow,
    pub pools: Vec<NamedPool>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedAgent {
    #[serde(flatten)]
    pub figures: AgentFigures,
    pub name: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamedPool {
    pub pool: PoolName,
    pub tickets: u64,
    pub waiting: Waits,
    pub overflow: Overflow,
}

/// A team's has its number and name.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PoolName {
    pub kind: &'static str,
    pub id: Option<TeamId>,
    pub name: Option<String>,
}

/// What people and teams are called, archived ones too.
pub struct Names {
    agents: HashMap<AgentId, String>,
    teams: HashMap<TeamId, String>,
}

impl Names {
    pub fn of(settings: &CurrentSettings) -> Self {
        Self {
            agents: settings.agents.iter().map(|row| (row.id, row.name.clone())).collect(),
            teams: settings.teams.iter().map(|row| (row.id, row.name.clone())).collect(),
        }
    }

    fn named(&self, figures: Figures) -> Named {
        let Figures { agents, ways, waiting, overflow, pools } = figures;
        let name = |id: AgentId| self.agents.get(&id).cloned().unwrap_or_else(|| format!("agent {id}"));
        let agents = agents.into_iter().map(|figures| NamedAgent { name: name(figures.agent_id), figures });
        let pools = pools.into_iter().map(|PoolFigures { pool, tickets, waiting, overflow }| NamedPool {
            pool: self.pool(pool),
            tickets,
            waiting,
            overflow,
        });
        Named { agents: agents.collect(), ways, waiting, overflow, pools: pools.collect() }
    }

    fn pool(&self, pool: Pool) -> PoolName {
        match pool {
            Pool::Store => PoolName { kind: "store", id: None, name: None },
            Pool::Team(id) => PoolName { kind: "team", id: Some(id), name: self.teams.get(&id).cloned() },
        }
    }
}

impl Report {
    pub fn new(past: &Past, names: &Names, changes: Vec<String>, before: Figures, after: Figures) -> Self {
        let took = past.arrivals.iter().filter(|arrival| matches!(arrival.handling, Handling::Took(_)));
        let handling = HandlingTimes {
            recorded: took.count() as u64,
            still_open: past.still_open,
            filled_in: past.never_handled,
            median_seconds: past.median.map(|ms| ms / 1000),
        };
        Self {
            from: past.from,
            to: past.to,
            tickets: past.arrivals.len() as u64,
            changes,
            handling,
            before: names.named(before),
            after: names.named(after),
            recorded: names.named(past.recorded.clone()),
            not_guessed: not_guessed(past),
        }
    }
}

/// What the figures leave out, in plain words.
fn not_guessed(past: &Past) -> Vec<String> {
    let mut said: Vec<String> = [
        "Who would have come online or gone offline at other times: everybody is there when they were.",
        "Whether somebody would have worked faster or slower: a ticket takes as long as it took, nights included, whoever \
         gets it.",
        "Claims, passing on and assigning by hand: a ticket stays with who got it. Where people take tickets themselves, \
         nobody does.",
        "What customers would have done: they write when they wrote, also where they would not have waited so long.",
        "How full the desk was at the beginning: it begins empty, with the first turn in every pool.",
        "Former limits, hours, leave and teams: before is by the settings as they are now, all the time.",
    ]
    .map(str::to_owned)
    .into();
    let count = |count: u64| counted(usize::try_from(count).unwrap_or(usize::MAX), "ticket");
    if past.never_handled > 0 {
        let instead = match past.median {
            Some(_) => "half of the others took no longer than what they are given",
            None => "they last to the end, since no ticket has a time",
        };
        let of = count(past.never_handled);
        said.push(format!("How long {of} would take that nobody ever had: {instead}."));
    }
    if past.still_open > 0 {
        said.push(format!(
            "When {} will be done that were open still: they last to the end.",
            count(past.still_open)
        ));
    }
    if past.unknown > 0 {
        said.push(format!(
            "Where {} would go that asked for an agent or a team which is not there any more: as if nobody was asked for.",
            count(past.unknown)
        ));
    }
    said
}
