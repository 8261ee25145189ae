//! A receipt in English.

use crate::receipt::{Names, Reason, Receipt, Route, Seat, Skipped};
use crate::roster::Policy;
use crate::rules::Matched;
use crate::ticket::Pool;

/// The decision as one short paragraph.
pub fn sentence(receipt: &Receipt, names: &dyn Names) -> String {
    let mut said = Vec::new();
    said.extend(receipt.rule.as_ref().map(matched));
    said.extend(receipt.skipped.iter().map(|skipped| skipped_over(skipped, names)));
    said.push(outcome(receipt, names));
    said.join(" ")
}

fn outcome(receipt: &Receipt, names: &dyn Names) -> String {
    let chosen = receipt.chosen.map(|id| names.agent(id));
    let name = chosen.clone().unwrap_or_else(|| "An agent".into());
    match (receipt.route, receipt.policy, receipt.pool()) {
        (Route::Asked, ..) => format!("{name} was asked for by name."),
        (Route::Rule, ..) => format!("The rule gives it to {name}."),
        (Route::Sticky, ..) => format!("{name} had this customer's last ticket."),
        (Route::Pool, Some(Policy::Unassigned), Some(pool)) => {
            format!("Left for people to claim: {} is set to unassigned.", owner(pool, names))
        }
        (Route::Pool, policy, Some(pool)) => {
            let (pool, passed) = (owner(pool, names), passed(receipt, names));
            match (chosen, policy) {
                (Some(name), Some(Policy::Balanced)) => {
                    format!("{name} had the fewest open tickets in {pool}{}{passed}.", load(receipt))
                }
                (Some(name), _) => format!("{name} was next in {pool}{passed}."),
                (None, _)
                    if receipt.others.contains_key(&Reason::BehindQueue)
                        || receipt.seats.iter().any(|seat| seat.reason == Reason::BehindQueue) =>
                {
                    format!("Waiting: older tickets of {pool} go first.")
                }
                (None, _) => format!("Waiting: nobody in {pool} could take it{passed}."),
            }
        }
        (Route::Pool, _, None) => format!("{name} got it."),
    }
}

fn matched(rule: &Matched) -> String {
    let on: Vec<String> = rule.on.iter().map(|one| format!("{} {}", one.what.phrase(), one.value)).collect();
    let on = if on.is_empty() { String::new() } else { format!(" ({})", on.join(", ")) };
    format!("Rule \"{}\" matched{on}.", rule.name.as_str())
}

fn skipped_over(skipped: &Skipped, names: &dyn Names) -> String {
    let (name, state) = (names.agent(skipped.agent), skipped.reason.phrase());
    match skipped.rule {
        Some(rule) => format!("Rule {rule} leads to {name}, who is {state}."),
        None => format!("{name} had this customer's last ticket, and is {state}."),
    }
}

fn load(receipt: &Receipt) -> String {
    let chosen = receipt.seats.iter().find(|seat| seat.reason == Reason::Chosen);
    chosen.and_then(|seat| seat.open).map_or_else(String::new, |open| format!(", {open}"))
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
        parts.extend(
            receipt.others.iter().map(|(reason, count)| format!("{count} more: {}", reason.phrase())),
        );
    }
    if parts.is_empty() { String::new() } else { format!(" (passed over: {})", parts.join(", ")) }
}

fn state(seat: &Seat) -> String {
    match (seat.reason, seat.open, seat.limit, seat.until) {
        (Reason::AtLimit, Some(open), Some(limit), _) => format!("has {open} of {limit} open"),
        (Reason::MoreLoad, Some(open), ..) => format!("has {open} open"),
        (reason, .., Some(until)) => format!("is {} until {until}", reason.phrase()),
        (reason, ..) => format!("is {}", reason.phrase()),
    }
}
