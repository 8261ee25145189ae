//! The ledger, slow and obvious: every turn looks at every member.

use super::{Figures, Given, Rosters, Share, Spread, Turn};
use crate::ids::AgentId;
use crate::ticket::Pool;
use jiff::civil::Date;
use std::collections::BTreeMap;

/// A decision as it is counted.
#[derive(Debug, Clone)]
pub struct Told {
    pub event: i64,
    pub day: Date,
    pub given: Given,
}

#[derive(Default)]
pub struct Recounted {
    pub shares: BTreeMap<(Pool, Date, AgentId), Share>,
    pub figures: BTreeMap<(Pool, Date), Figures>,
    /// Of the pool's stretch: who could be chosen, and what each has received in it.
    stretches: BTreeMap<Pool, (Vec<AgentId>, Vec<f64>)>,
    turns: BTreeMap<Pool, u64>,
}

pub fn recount(told: &[Told], rosters: &Rosters) -> Recounted {
    let mut recounted = Recounted::default();
    for told in told {
        match &told.given {
            Given::Turn(turn) => recounted.turn(told, turn, &rosters[&(turn.pool, turn.version)]),
            Given::Balanced { pool, agent, spread } => {
                recounted.stretches.remove(pool);
                recounted.share(told, *pool, *agent).outside[super::Way::ByLoad as usize] += 1;
                recounted.spread(told, *pool, spread.1 - spread.0);
            }
            Given::Outside { pool, agent, way } => {
                recounted.share(told, *pool, *agent).outside[*way as usize] += 1;
            }
        }
    }
    recounted
}

impl Recounted {
    fn share(&mut self, told: &Told, pool: Pool, agent: AgentId) -> &mut Share {
        self.shares.entry((pool, told.day, agent)).or_default()
    }

    fn spread(&mut self, told: &Told, pool: Pool, spread: u32) {
        let Spread { decisions, least, most, sum } =
            &mut self.figures.entry((pool, told.day)).or_default().spread;
        *least = if *decisions == 0 { spread } else { spread.min(*least) };
        *most = spread.max(*most);
        *decisions += 1;
        *sum += u64::from(spread);
    }

    fn turn(&mut self, told: &Told, turn: &Turn, members: &[AgentId]) {
        let bits: Vec<usize> = turn.eligible.as_ref().unwrap().places().collect();
        let eligible: Vec<AgentId> = bits.iter().map(|place| members[*place]).collect();
        for agent in &eligible {
            self.share(told, turn.pool, *agent).entitled += 1.0 / eligible.len() as f64;
        }
        self.share(told, turn.pool, turn.chosen).received += 1;
        let later = members.iter().filter(|member| turn.before.is_none_or(|before| **member > before));
        let earlier = members.iter().filter(|member| turn.before.is_some_and(|before| **member <= before));
        for member in later.chain(earlier).take_while(|member| **member != turn.chosen) {
            if !eligible.contains(member) {
                self.share(told, turn.pool, *member).missed += 1;
            }
        }
        self.promise(told, turn, eligible);
    }

    fn promise(&mut self, told: &Told, turn: &Turn, eligible: Vec<AgentId>) {
        if self.stretches.get(&turn.pool).is_none_or(|(them, _)| *them != eligible) {
            let received = vec![0.0; eligible.len()];
            self.stretches.insert(turn.pool, (eligible, received));
            self.turns.insert(turn.pool, 0);
        }
        let turns = self.turns.get_mut(&turn.pool).unwrap();
        *turns += 1;
        let (them, received) = self.stretches.get_mut(&turn.pool).unwrap();
        received[them.iter().position(|agent| *agent == turn.chosen).unwrap()] += 1.0;
        let entitled = *turns as f64 / them.len() as f64;
        let worst = received.iter().map(|received| (received - entitled).abs()).fold(0.0, f64::max);
        let figures = self.figures.entry((turn.pool, told.day)).or_default();
        figures.turns += 1;
        figures.worst = figures.worst.max(worst);
        if worst > 1.0 - 1e-9 {
            figures.broken += 1;
            figures.broken_at = Some(told.event);
        }
    }
}
