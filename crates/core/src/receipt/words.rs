//! A receipt in English.

use crate::receipt::{Names, Reason, Receipt, Seat};
use crate::roster::Policy;
use crate::ticket::Pool;

/// The decision as one short paragraph.
pub fn sentence(receipt: &Receipt, names: &dyn Names) -> String {
    let chosen = receipt.chosen.map(|id| names.agent(id));
    match (receipt.policy, receipt.pool()) {
        (Some(Policy::Unassigned), Some(pool)) => {
            format!("Left for people to claim: {} is set to unassigned.", owner(pool, names))
        }
        (Some(Policy::RoundRobin), Some(pool)) => match chosen {
            Some(name) => format!("{name} was next in {}{}.", owner(pool, names), passed(receipt, names)),
            None => {
                format!("Waiting: nobody in {} could take it{}.", owner(pool, names), passed(receipt, names))
            }
        },
        _ => format!("{} was asked for by name.", chosen.unwrap_or_else(|| "An agent".into())),
    }
}

fn owner(pool: Pool, names: &dyn Names) -> String {
    match pool {
        Pool::Store => "the store's pool".into(),
        Pool::Team(id) => format!("the pool of team {}", names.team(id)),
    }
}

/// Who was passed over on the way; where nobody was found, everybody was.
fn passed(receipt: &Receipt, names: &dyn Names) -> String {
    if receipt.considered == 0 {
        return ", as it has no agents".into();
    }
    let listed = receipt.seats.iter().filter(|seat| seat.reason != Reason::Chosen);
    let mut parts: Vec<String> =
        listed.map(|seat| format!("{} {}", names.agent(seat.agent), state(seat))).collect();
    if receipt.chosen.is_none() {
        parts
            .extend(receipt.others.iter().map(|(reason, count)| format!("{count} more: {}", group(*reason))));
    }
    if parts.is_empty() { String::new() } else { format!(" (passed over: {})", parts.join(", ")) }
}

fn state(seat: &Seat) -> String {
    match (seat.reason, seat.open, seat.limit, seat.until) {
        (Reason::AtLimit, Some(open), Some(limit), _) => format!("has {open} of {limit} open"),
        (Reason::OutsideHours, _, _, Some(until)) => format!("is outside working hours until {until}"),
        (Reason::OutsideHours, ..) => "is outside working hours".into(),
        (Reason::Offline, ..) => "is offline".into(),
        (reason, ..) => group(reason).into(),
    }
}

fn group(reason: Reason) -> &'static str {
    match reason {
        Reason::Chosen => "chosen",
        Reason::NotTheirTurn => "not their turn",
        Reason::Offline => "offline",
        Reason::OutsideHours => "outside working hours",
        Reason::AtLimit => "at their limit",
        Reason::PassedBefore => "passed it on before",
    }
}
