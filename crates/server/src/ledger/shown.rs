//! A pool's ledger as it is shown: to the API and to scripts as JSON, on the command line as a table.

use crate::store::ledger::LedgerRow;
use crate::store::types::CurrentSettings;
use jiff::civil::Date;
use jiff::{Span, ToSpan};
use rota_core::ids::AgentId;
use rota_core::ledger::{Figures, Share, Way};
use rota_core::roster::Policy;
use rota_core::ticket::Pool;
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// How many days a ledger is of where nothing is said, and at most.
const USUAL: i64 = 30;
const MOST: i64 = 366;

/// Days of the store's, both included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    pub from: Date,
    pub to: Date,
}

impl Period {
    /// By default the last days up to today. A refusal names the field and its rule.
    pub fn new(
        from: Option<Date>,
        to: Option<Date>,
        today: Date,
    ) -> Result<Self, (&'static str, &'static str)> {
        let to = to.unwrap_or_else(|| from.map_or(today, |from| from.max(today)));
        let from = from.unwrap_or_else(|| to.saturating_sub(days(USUAL - 1)));
        if to < from {
            return Err(("to", "is not before from"));
        }
        if from < to.saturating_sub(days(MOST - 1)) {
            return Err(("from", "and to are the ends of at most 366 days"));
        }
        Ok(Self { from, to })
    }
}

fn days(count: i64) -> Span {
    count.days()
}

/// A ledger with the names and the policy of its pool.
pub struct Shown<'a> {
    pub row: &'a LedgerRow,
    pub pool: Pool,
    pub period: Period,
    current: &'a CurrentSettings,
}

impl<'a> Shown<'a> {
    /// `None`: there is no such team.
    pub fn new(row: &'a LedgerRow, pool: Pool, period: Period, current: &'a CurrentSettings) -> Option<Self> {
        let shown = Self { row, pool, period, current };
        let is_there = match pool {
            Pool::Store => true,
            Pool::Team(team) => current.teams.iter().any(|row| row.id == team),
        };
        is_there.then_some(shown)
    }

    fn policy(&self) -> Option<Policy> {
        let team = self.team().and_then(|(_, policy)| policy);
        team.or_else(|| self.current.store.as_ref().map(|store| store.policy))
    }

    /// The team's name, and its own policy.
    fn team(&self) -> Option<(&'a str, Option<Policy>)> {
        let Pool::Team(team) = self.pool else { return None };
        let row = self.current.teams.iter().find(|row| row.id == team)?;
        Some((&row.name, row.policy))
    }

    fn name(&self, agent: AgentId) -> &'a str {
        self.current.agents.iter().find(|row| row.id == agent).map_or("", |row| &row.name)
    }

    fn totals(&self) -> Share {
        let mut totals = Share::default();
        self.row.shares.iter().for_each(|(_, share)| totals.add(share));
        totals
    }

    pub fn json(&self) -> Value {
        let items = self.row.shares.iter().map(|(agent, share)| {
            let mut item = Map::new();
            item.insert("agentId".into(), json!(agent));
            item.insert("name".into(), self.name(*agent).into());
            item.extend(columns(share));
            Value::from(item)
        });
        let (kind, id) = match self.pool {
            Pool::Store => ("store", None),
            Pool::Team(team) => ("team", Some(team)),
        };
        let Figures { turns, uncounted, worst, broken, spread, .. } = &self.row.figures;
        let spread = spread.mean().map(|mean| {
            let (decisions, mean) = (spread.decisions, rounded(mean));
            json!({ "decisions": decisions, "least": spread.least, "most": spread.most, "mean": mean })
        });
        json!({
            "pool": { "kind": kind, "id": id, "name": self.team().map(|(name, _)| name) },
            "policy": self.policy(),
            "from": self.period.from.to_string(),
            "to": self.period.to.to_string(),
            "items": items.collect::<Vec<_>>(),
            "totals": columns(&self.totals()).collect::<Map<_, _>>(),
            "promise": { "checkedTurns": turns, "worst": rounded(*worst), "broken": broken },
            "uncounted": uncounted,
            "spread": spread,
            "upTo": self.row.up_to,
            "behind": self.row.last_event - self.row.events_to,
        })
    }

    pub fn table(&self) -> String {
        let mut table = self.title();
        let names = self.row.shares.iter().map(|(agent, _)| self.name(*agent).chars().count());
        let width = names.max().unwrap_or(0).max("TOTAL".len());
        table += &format!("\n\n{:<width$}", "AGENT");
        for column in COLUMNS {
            table += &format!("  {column:>8}");
        }
        for (agent, share) in &self.row.shares {
            table += &line(self.name(*agent), share, width);
        }
        table += &line("TOTAL", &self.totals(), width);
        table + "\n\n" + &self.promise()
    }

    fn title(&self) -> String {
        let pool = self.team().map_or("the store's pool".into(), |(name, _)| format!("the pool of {name}"));
        let policy = self.policy().map_or("", Policy::name);
        let Period { from, to } = self.period;
        let mut title = format!("{pool} ({policy}), {from} to {to}");
        match (self.row.up_to, self.row.last_event - self.row.events_to) {
            (None, _) => title += "; nothing is counted yet",
            (Some(at), 0) => write!(title, "; counted up to {at:.0}").expect("a String takes everything"),
            (Some(at), behind) => write!(title, "; counted up to {at:.0}, {behind} more events to count")
                .expect("a String takes everything"),
        }
        title
    }

    fn promise(&self) -> String {
        let Figures { turns, uncounted, worst, broken, broken_at, spread } = &self.row.figures;
        let mut said = match (turns, broken) {
            (0, _) => "no turns of round robin".to_owned(),
            (turns, 0) => format!(
                "promise kept after each of {turns} turns: while the same people could be chosen, nobody came further \
                 than {} from their part (1 would break it)",
                shown(*worst)
            ),
            (turns, broken) => format!(
                "PROMISE BROKEN after {broken} of {turns} turns, by up to {}; the last of them is event {}",
                shown(*worst),
                broken_at.unwrap_or_default()
            ),
        };
        if *uncounted > 0 {
            said += &format!("\n{uncounted} turns are uncounted: it is not known who else could be chosen");
        }
        if let Some(mean) = spread.mean() {
            said += &format!(
                "\nbalanced: over {} decisions, open tickets of those who could be chosen differed by {} to {}, by {} on \
                 average",
                spread.decisions,
                spread.least,
                spread.most,
                shown(mean)
            );
        }
        said
    }
}

const COLUMNS: [&str; 11] = [
    "RECEIVED", "ENTITLED", "DIFF", "MISSED", "ASKED", "RULE", "STICKY", "LOAD", "CLAIMED", "ASSIGNED",
    "PASSED",
];

fn line(name: &str, share: &Share, width: usize) -> String {
    let entitled = shown(share.entitled);
    let difference = match rounded(share.difference()) {
        0.0 => "0.00".to_owned(),
        difference => format!("{difference:+.2}"),
    };
    let mut line = format!("\n{name:<width$}  {:>8}  {entitled:>8}  {difference:>8}", share.received);
    for count in [share.missed].into_iter().chain(share.outside) {
        line += &format!("  {count:>8}");
    }
    line
}

/// The members of an item, but for whose it is.
fn columns(share: &Share) -> impl Iterator<Item = (String, Value)> {
    let turns = [
        ("received", json!(share.received)),
        ("entitled", json!(rounded(share.entitled))),
        ("difference", json!(rounded(share.difference()))),
        ("missed", json!(share.missed)),
    ];
    let outside = Way::ALL.map(|way| (member(way), json!(share.outside(way))));
    turns.into_iter().chain(outside).map(|(name, value)| (name.to_owned(), value))
}

/// What the API calls a way.
pub fn member(way: Way) -> &'static str {
    match way {
        Way::Asked => "asked",
        Way::ByRule => "byRule",
        Way::Sticky => "sticky",
        Way::ByLoad => "byLoad",
        Way::Claimed => "claimed",
        Way::Assigned => "assigned",
        Way::Passed => "passed",
    }
}

fn shown(figure: f64) -> String {
    format!("{figure:.2}")
}

/// To a thousandth, so that what sums of 1/n are rounded by does not show; nothing has no sign.
fn rounded(figure: f64) -> f64 {
    (figure * 1000.0).round() / 1000.0 + 0.0
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_is_the_last_thirty_days_unless_something_is_said() {
        let today = date(2026, 11, 25);
        let period = |from, to| Period::new(from, to, today).map(|period| (period.from, period.to));
        assert_eq!(period(None, None), Ok((date(2026, 10, 27), today)));
        assert_eq!(period(Some(date(2026, 11, 1)), None), Ok((date(2026, 11, 1), today)));
        let day = date(2026, 1, 30);
        assert_eq!(period(None, Some(day)), Ok((date(2026, 1, 1), day)));
        assert_eq!(period(Some(day), Some(day)), Ok((day, day)));
        assert_eq!(period(Some(today), Some(day)).unwrap_err().0, "to");
        assert_eq!(
            period(Some(date(2025, 1, 1)), Some(date(2026, 1, 1))),
            Ok((date(2025, 1, 1), date(2026, 1, 1)))
        );
        assert_eq!(period(Some(date(2025, 1, 1)), Some(date(2026, 1, 2))).unwrap_err().0, "from");
        assert!(period(None, Some(Date::MIN)).is_ok() && period(Some(Date::MIN), None).is_err());
    }

    #[test]
    fn what_rounds_to_nothing_has_no_sign() {
        assert_eq!(rounded(-1e-12).to_string(), "0");
        assert_eq!(rounded(2.0 / 3.0), 0.667);
    }
}
