//! What a ticket of the past looks like. Everything follows from its place in the row, so two fills of the
//! same store are the same.

use jiff::Timestamp;
use rota_core::{
    ids::{AgentId, StageId, TeamId},
    life::{ClosedBy, Moved, Place, Position, Priority, State, What},
    stages::Stages,
    text::Remark,
    ticket::Pool,
};
use rusqlite::Connection;
use std::collections::BTreeSet;

use super::{dice::Dice, roster::Roster, texts::Texts};

const DAY_MS: i64 = 24 * 3600 * 1000;
/// Tickets grew more with time: the first half of the past has fewer.
const GROWTH: f64 = 0.75;

pub struct Past<'a> {
    roster: &'a Roster,
    texts: Texts,
    total: i64,
    /// How many of them are open or snoozed, nearly.
    open: i64,
    now: i64,
    /// How far back the first ticket lies.
    span: i64,
    stage: StageId,
}

pub struct Ticket<'a> {
    pub customer_id: &'a str,
    pub channel: &'static str,
    pub state: State,
    pub team_id: Option<i64>,
    pub label_ids: BTreeSet<i64>,
    pub priority: Priority,
    pub created_at: i64,
    pub brand_address: Option<&'a str>,
    pub customer_address: Option<String>,
    pub task_title: Option<String>,
    pub context: Option<String>,
    pub receipt: String,
    /// What happened later: when, who, what.
    pub entries: Vec<(i64, String, What)>,
}

impl Ticket<'_> {
    /// All that is said in it.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        let noted = self.entries.iter().filter_map(|(.., what)| match what {
            What::Noted { text, .. } => Some(text.as_str()),
            _ => None,
        });
        self.task_title.as_deref().into_iter().chain(self.context.as_deref()).chain(noted)
    }
}

impl<'a> Past<'a> {
    pub fn new(
        connection: &Connection,
        roster: &'a Roster,
        total: i64,
        open: i64,
        days: i64,
    ) -> rusqlite::Result<Self> {
        let now = connection
            .query_row("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)", [], |row| row.get(0))?;
        let stage = Stages::default().first_open();
        Ok(Self {
            roster,
            texts: Texts::new(),
            total,
            open: open.min(total),
            now,
            span: days * DAY_MS,
            stage,
        })
    }

    /// The `n`th of `total`, oldest first.
    pub fn ticket(&self, n: i64) -> Ticket<'a> {
        let (mut dice, roster) = (Dice::new(n), self.roster);
        let created_at = self.created_at(n);
        let team_id = if dice.one_in(4) { dice.pick_early(&roster.teams).copied() } else { None };
        let (channel, brand_address, customer_address) = self.channel(&mut dice);
        let owner = AgentId(roster.agent_at(n));
        let receipt = receipt(roster, roster.agent_at(n - 1), owner.0, team_id.unwrap_or(0));
        let mut ticket = Ticket {
            customer_id: dice.pick_early(&roster.customers).map_or("", String::as_str),
            channel,
            state: State::Open { stage: self.stage, place: Place::Owned(owner) },
            team_id,
            label_ids: (0..dice.below(4)).filter_map(|_| dice.pick_early(&roster.labels).copied()).collect(),
            priority: Priority::Normal,
            created_at,
            brand_address,
            customer_address,
            task_title: (channel == "tasks").then(|| self.texts.text(&mut dice)),
            context: (!dice.one_in(4)).then(|| self.texts.text(&mut dice)),
            receipt,
            entries: Vec::new(),
        };
        self.live(n, owner, &mut ticket, &mut dice);
        ticket
    }

    /// Strictly later for each.
    fn created_at(&self, n: i64) -> i64 {
        let past = (n as f64 / self.total as f64).powf(GROWTH);
        self.now - self.span + (self.span as f64 * past) as i64
    }

    /// Four of five open tickets are among the last ones; the others lie about for long.
    fn is_open(&self, n: i64, dice: &mut Dice) -> bool {
        let recent = (self.open * 5 / 4).min(self.total);
        let (open, of) = match n >= self.total - recent {
            true if recent == self.total => (self.open, self.total),
            true => (self.open * 4 / 5, recent),
            false => (self.open / 5, self.total - recent),
        };
        dice.is_within(open as f64 / of.max(1) as f64)
    }

    /// What happened to it after its creation.
    fn live(&self, n: i64, owner: AgentId, ticket: &mut Ticket, dice: &mut Dice) {
        let mut at = ticket.created_at;
        let mut later = |dice: &mut Dice| {
            at = (at + 1 + dice.early(DAY_MS as usize) as i64).min(self.now);
            at
        };
        let by = format!("agent:{owner}");
        if dice.one_in(10) {
            let to = [Priority::High, Priority::Urgent, Priority::Low][dice.early(3)];
            ticket.entries.push((later(dice), by.clone(), What::PrioritySet { from: ticket.priority, to }));
            ticket.priority = to;
        }
        if dice.one_in(20) {
            let text = Remark::new(&self.texts.text(dice)).expect("a few words");
            ticket.entries.push((later(dice), by.clone(), What::Noted { text, mentions: BTreeSet::new() }));
        }
        if !self.is_open(n, dice) {
            let (at, agent) = (later(dice), Some(owner));
            let to = State::Closed { at: time(at), by: ClosedBy::Agent, agent };
            ticket.entries.push((at, by, What::Closed(moved(ticket, to.clone()))));
            ticket.state = to;
        } else if dice.one_in(25) {
            let until = time(self.now + DAY_MS + dice.below(30 * DAY_MS as usize) as i64);
            let to = State::Snoozed { stage: self.stage, until, agent: Some(owner) };
            ticket.entries.push((later(dice), by, What::Snoozed(moved(ticket, to.clone()))));
            ticket.state = to;
        } else if ticket.entries.is_empty()
            && dice.one_in(20)
            && let Some(team) = dice.pick(&self.roster.empty_teams)
        {
            // A pool that nobody is in: in any other, the server would give them out.
            ticket.team_id = Some(*team);
            self.wait(ticket, Place::Waiting(Pool::Team(TeamId(*team))));
        } else if ticket.entries.is_empty() && dice.one_in(40) {
            self.wait(ticket, Place::Unclaimed);
        }
    }

    fn wait(&self, ticket: &mut Ticket, place: Place) {
        ticket.state = State::Open { stage: self.stage, place };
        let (version, pool) = (self.roster.roster_version, ticket.team_id.unwrap_or(0));
        let (policy, outcome) = match place {
            Place::Unclaimed => ("unassigned", "unclaimed"),
            _ => ("round_robin", "waiting"),
        };
        ticket.receipt = format!(
            r#"{{"version":{version},"policy":"{policy}","pool":{pool},"turnBefore":null,"chosen":null,"turnAfter":null,"outcome":"{outcome}","considered":0,"seats":[],"others":{{}}}}"#
        );
    }

    /// Seven of ten come by WhatsApp, two by mail, one is a task; without an address of ours, a task.
    fn channel(&self, dice: &mut Dice) -> (&'static str, Option<&'a str>, Option<String>) {
        let digits = dice.below(10_000_000);
        let (kind, whatsapp) = (dice.below(10), dice.pick(&self.roster.whatsapp));
        match (kind, whatsapp, dice.pick(&self.roster.email)) {
            (0..7, Some(ours), _) => ("whatsapp", Some(ours), Some(format!("+91809{digits:07}"))),
            (7..9, _, Some(ours)) => ("email", Some(ours), Some(format!("c{digits}@example.com"))),
            _ => ("tasks", None, None),
        }
    }
}

fn moved(ticket: &Ticket, to: State) -> Moved {
    let position = |state| Position {
        state,
        team: ticket.team_id.map(TeamId),
        passed: BTreeSet::new(),
        touched: ticket.entries.iter().any(|(.., what)| matches!(what, What::Noted { .. })),
    };
    Moved { from: position(ticket.state.clone()), to: position(to) }
}

fn time(ms: i64) -> Timestamp {
    Timestamp::from_millisecond(ms).expect("a time of our age")
}

/// The receipt of a round-robin decision with everybody eligible, as `rota_core::receipt::Receipt` stores it.
fn receipt(roster: &Roster, before: i64, chosen: i64, pool: i64) -> String {
    let (version, considered) = (roster.roster_version, roster.agents.len());
    let others = considered - 1;
    format!(
        r#"{{"version":{version},"policy":"round_robin","pool":{pool},"turnBefore":{before},"chosen":{chosen},"turnAfter":{chosen},"outcome":"assigned","considered":{considered},"seats":[[{chosen},"chosen",null,null,null]],"others":{{"not_their_turn":{others}}}}}"#
    )
}
