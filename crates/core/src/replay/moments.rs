//! When somebody may come or go by the clock alone.

use crate::roster::Roster;
use jiff::Timestamp;
use jiff::civil::Date;
use std::collections::BTreeSet;

/// The moments after `from` and before `to` at which hours, leave or holidays may begin or end. Between two of them
/// everybody's presence stays as it is.
pub fn moments(roster: &Roster, from: Timestamp, to: Timestamp) -> BTreeSet<Timestamp> {
    let zone = roster.timezone();
    let mut moments = BTreeSet::new();
    let last = zone.to_datetime(to).date();
    let mut next: Option<Date> = Some(zone.to_datetime(from).date());
    while let Some(date) = next.filter(|date| *date <= last) {
        for hours in roster.teams().iter().filter_map(|team| team.hours.as_ref()) {
            moments.extend(hours.edges_on(date, zone));
        }
        if roster.routing().holidays.iter().next().is_some() {
            moments.extend(date.to_zoned(zone.clone()).ok().map(|midnight| midnight.timestamp()));
        }
        next = date.tomorrow().ok();
    }
    // A clock that is set to another time enters and leaves hours in between.
    moments.extend(zone.following(from).map(|change| change.timestamp()).take_while(|at| *at < to));
    let leaves = roster.agents().iter().flat_map(|agent| agent.leave.iter());
    moments.extend(leaves.flat_map(|leave| [leave.from(), leave.to()]));
    moments.retain(|at| from < *at && *at < to);
    moments
}
