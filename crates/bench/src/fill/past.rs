//! What a ticket of the past looks like. Everything follows from its place in the row, so two fills of the
//! same store are the same.

use rusqlite::Connection;

use super::roster::Roster;

const YEAR_MS: i64 = 365 * 24 * 3600 * 1000;
/// What agents have on their desks today; everything older is closed.
const OPEN_PER_AGENT: i64 = 20;
const CONTEXT: &str = "Customer asks where the order is. The parcel left the warehouse on Monday and the \
carrier's page has not moved since; two earlier messages were answered by the bot.";

pub struct Past<'a> {
    roster: &'a Roster,
    total: i64,
    now: i64,
}

pub struct Ticket<'a> {
    pub customer_id: &'a str,
    pub channel: &'static str,
    pub stage: &'static str,
    pub agent_id: i64,
    pub team_id: Option<i64>,
    pub label_id: Option<i64>,
    pub created_at: i64,
    pub brand_address: Option<&'a str>,
    pub customer_address: Option<String>,
    pub task_title: Option<String>,
    pub context: Option<&'static str>,
    pub receipt: String,
}

impl<'a> Past<'a> {
    pub fn new(connection: &Connection, roster: &'a Roster, total: i64) -> rusqlite::Result<Self> {
        let now = connection
            .query_row("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)", [], |row| row.get(0))?;
        Ok(Self { roster, total, now })
    }

    /// The `n`th of `total`, oldest first: a year's worth, evenly apart, agents taking turns.
    pub fn ticket(&self, n: i64) -> Ticket<'a> {
        let dice = mix(n as u64);
        let roster = self.roster;
        let (before, agent_id) = (roster.agent_at(n - 1), roster.agent_at(n));
        let team_id = one_in(6, dice >> 16).then(|| pick(&roster.teams, dice >> 24).copied()).flatten();
        let (channel, brand_address, customer_address, task_title) = self.channel(dice);
        Ticket {
            customer_id: pick(&roster.customers, dice >> 8).map_or("", String::as_str),
            channel,
            stage: if n + self.open() >= self.total { "open" } else { "closed" },
            agent_id,
            team_id,
            label_id: one_in(3, dice >> 32).then(|| pick(&roster.labels, dice >> 40).copied()).flatten(),
            created_at: self.now - YEAR_MS / self.total * (self.total - n),
            brand_address,
            customer_address,
            task_title,
            context: one_in(8, dice >> 48).then_some(CONTEXT),
            receipt: receipt(roster, before, agent_id, team_id.unwrap_or(0)),
        }
    }

    fn open(&self) -> i64 {
        OPEN_PER_AGENT * self.roster.agents.len() as i64
    }

    /// Seven of ten come by WhatsApp, two by mail, one is a task; without an address of ours, a task.
    fn channel(&self, dice: u64) -> (&'static str, Option<&'a str>, Option<String>, Option<String>) {
        let digits = dice % 10_000_000;
        let (whatsapp, email) = (pick(&self.roster.whatsapp, dice >> 4), pick(&self.roster.email, dice >> 4));
        match (dice % 10, whatsapp, email) {
            (0..7, Some(ours), _) => ("whatsapp", Some(ours), Some(format!("+91809{digits:07}")), None),
            (7..9, _, Some(ours)) => ("email", Some(ours), Some(format!("c{digits}@example.com")), None),
            _ => ("tasks", None, None, Some(format!("Call back about order {digits}"))),
        }
    }
}

/// The receipt of a round-robin decision with everybody eligible, as `rota_core::receipt::Receipt` stores it.
fn receipt(roster: &Roster, before: i64, chosen: i64, pool: i64) -> String {
    let (version, considered) = (roster.roster_version, roster.agents.len());
    let others = considered - 1;
    format!(
        r#"{{"version":{version},"policy":"round_robin","pool":{pool},"turnBefore":{before},"chosen":{chosen},"turnAfter":{chosen},"outcome":"assigned","considered":{considered},"seats":[[{chosen},"chosen",null,null,null]],"others":{{"not_their_turn":{others}}}}}"#
    )
}

fn one_in(n: u64, dice: u64) -> bool {
    dice.is_multiple_of(n)
}

fn pick<T>(from: &[T], dice: u64) -> Option<&T> {
    from.get((dice as usize).checked_rem(from.len())?)
}

/// splitmix64: neighbouring numbers come out far apart.
fn mix(n: u64) -> u64 {
    let mut z = n.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
