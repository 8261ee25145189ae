//! Years of tickets in minutes: rows as intake writes them, straight by SQL, in a spread like real use.
//! Every batch is one transaction that leaves numbers, counts, timelines, outbox and lists right, so that stopping
//! in the middle harms nothing and `rota check` finds nothing; of very many tickets the lists' indexes come at the end.

mod dice;
mod lists;
mod past;
mod people;
mod roster;
mod rows;
mod texts;

use std::{
    path::PathBuf,
    time::{Duration, Instant},
};

use anyhow::Context;
use rusqlite::{Connection, TransactionBehavior};

pub use dice::Dice;
pub use lists::COPIED;
use lists::Lists;
use past::Past;
use roster::Roster;
use rows::Rows;

/// What agents have on their desks where nobody says otherwise; everything older is closed.
const OPEN_PER_AGENT: i64 = 20;

#[derive(clap::Args)]
pub struct Options {
    /// A database that `rota apply` has made
    #[arg(long)]
    database: PathBuf,
    /// The store that gets the tickets
    #[arg(long)]
    store: String,
    #[arg(long)]
    tickets: i64,
    /// How many of them are open; 20 for each agent unless set
    #[arg(long)]
    open: Option<i64>,
    /// How many days back the first one lies
    #[arg(long, default_value_t = 2 * 365, value_parser = clap::value_parser!(i64).range(1..=3650))]
    days: i64,
    /// Has the agents come and go on these days, in three shifts with a break, as far as their history tells
    #[arg(long)]
    shifts: bool,
    /// Customers to add before
    #[arg(long, default_value_t = 0)]
    customers: i64,
    /// A folder that gets the lists' rows for PostgreSQL, as its COPY reads them
    #[arg(long, value_name = "FOLDER")]
    copied_lists: Option<PathBuf>,
    /// Tickets a transaction
    #[arg(long, default_value_t = 50_000, value_parser = clap::value_parser!(i64).range(1..))]
    batch: i64,
}

/// Fills, with progress on stderr.
pub fn run(options: &Options) -> anyhow::Result<()> {
    let mut connection = open(options)?;
    if options.customers > 0 {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        people::add_customers(&transaction, &options.store, options.customers)?;
        transaction.commit()?;
    }
    let roster = Roster::read(&connection, &options.store)?;
    if options.shifts {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        people::add_shifts(&transaction, &options.store, &roster.agents, options.days)?;
        transaction.commit()?;
    }
    let open = options.open.unwrap_or(OPEN_PER_AGENT * roster.agents.len() as i64);
    let past = Past::new(&connection, &roster, options.tickets, open, options.days)?;
    let copied = options.copied_lists.as_deref();
    let mut lists = Lists::new(&connection, &options.store, options.tickets, copied)?;
    let mut progress = Progress::new(options.tickets);
    let mut done = 0;
    while done < options.tickets {
        let end = options.tickets.min(done + options.batch);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        Rows::begin(&transaction, &options.store)?.write((done..end).map(|n| past.ticket(n)), &mut lists)?;
        transaction.commit()?;
        done = end;
        progress.show(done);
    }
    lists.finish(&mut connection)?;
    finish(&connection)
}

fn open(options: &Options) -> anyhow::Result<Connection> {
    let file = options.database.display();
    if !options.database.exists() {
        anyhow::bail!("{file} is not there; make it with `rota apply FILE --database sqlite:{file}`");
    }
    let connection = Connection::open(&options.database).with_context(|| format!("cannot open {file}"))?;
    connection.busy_timeout(Duration::from_secs(30))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    // Nobody was promised these rows: one sync at the end does. The references are right by construction.
    connection.pragma_update(None, "synchronous", "off")?;
    connection.pragma_update(None, "foreign_keys", false)?;
    connection.pragma_update(None, "cache_size", -65_536)?;
    Ok(connection)
}

/// Moves everything from the log into the file and on to the disk, as a server that ends does.
fn finish(connection: &Connection) -> anyhow::Result<()> {
    connection.pragma_update(None, "synchronous", "full")?;
    let busy: i64 = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| row.get(0))?;
    if busy != 0 {
        eprintln!("the log was not emptied because the database is in use; its server will do it");
    }
    Ok(())
}

struct Progress {
    start: Instant,
    shown: Instant,
    total: i64,
}

impl Progress {
    fn new(total: i64) -> Self {
        let now = Instant::now();
        Self { start: now, shown: now, total }
    }

    fn show(&mut self, done: i64) {
        if done == self.total || self.shown.elapsed() >= Duration::from_secs(2) {
            self.shown = Instant::now();
            let rate = done as f64 / self.start.elapsed().as_secs_f64();
            eprintln!("filled {done} of {} tickets, {rate:.0} a second", self.total);
        }
    }
}
