//! A database with stores, made by the real commands, and the tokens of its callers.

use std::{
    fmt::Write,
    fs,
    mem::replace,
    path::{Path, PathBuf},
};

use anyhow::Context;

use super::{
    engine::{Engine, Kind},
    tools::{Tools, output},
};
use crate::{fill::COPIED, load::read_tokens, wire::BRAND_PHONE};

/// The customers of each store, and the lowest one's id: the load goes through all of them.
pub const CUSTOMERS: u64 = 1000;
pub const CUSTOMER_BASE: u64 = 5_233_549;

pub struct Site {
    pub folder: PathBuf,
    /// As `--database` takes it.
    pub database: String,
    /// A file with one token a line, one for each store.
    pub tokens: PathBuf,
}

pub struct Shape {
    pub stores: usize,
    pub agents: usize,
    pub teams: usize,
    pub labels: usize,
    /// Routing rules that match none of the load.
    pub rules: usize,
}

pub const ORDINARY: Shape = Shape { stores: 1, agents: 10, teams: 2, labels: 2, rules: 0 };

/// What a store's past is made of.
pub struct Past {
    pub shape: Shape,
    pub tickets: i64,
    /// How many of them are open; a few for each agent unless set.
    pub open: Option<i64>,
    /// Besides those of the store file; numbered from 1.
    pub customers: i64,
}

impl Site {
    pub fn make(tools: &Tools, name: &str, shape: &Shape) -> anyhow::Result<Self> {
        Self::make_on(&tools.engine, tools, name, shape)
    }

    /// One whose first store has tickets of the past. They are made in a file, and copied where that is not the
    /// database that is measured.
    pub fn filled(tools: &Tools, name: &str, past: &Past) -> anyhow::Result<Self> {
        let mut site = Self::make_on(&Engine::Sqlite, tools, name, &past.shape)?;
        site.fill(tools, past)?;
        if tools.engine.kind() == Kind::Postgres {
            let from = replace(&mut site.database, tools.engine.database(name, &site.folder)?);
            eprintln!("copying it to {}", site.database);
            output(&tools.rota, ["copy", "--from", &from, "--to", &site.database])?;
            site.load_lists()?;
            // What a database that grew to this size has had long ago, and would have again during the rounds.
            rota_cluster::sql(&site.database, "VACUUM (FREEZE, ANALYZE)")?;
            rota_cluster::sql(&site.database, "CHECKPOINT")?;
        }
        Ok(site)
    }

    fn make_on(engine: &Engine, tools: &Tools, name: &str, shape: &Shape) -> anyhow::Result<Self> {
        eprintln!("making {name}: {} stores with {} agents each", shape.stores, shape.agents);
        let folder = tools.folder(name)?;
        let database = engine.database(name, &folder)?;
        let site = Self { database, tokens: folder.join("tokens"), folder };
        let mut tokens = String::new();
        for number in 0..shape.stores {
            tokens += &site.add_store(tools, &store_id(number), shape)?;
        }
        fs::write(&site.tokens, tokens)?;
        Ok(site)
    }

    /// Gives the first store tickets of the past.
    fn fill(&self, tools: &Tools, past: &Past) -> anyhow::Result<()> {
        eprintln!("filling it with {} tickets", past.tickets);
        let mut fill = std::process::Command::new(&tools.bench);
        fill.args(["fill", "--store", &store_id(0), "--database"]).arg(self.file());
        fill.arg(format!("--tickets={}", past.tickets)).arg(format!("--customers={}", past.customers));
        fill.args(past.open.map(|open| format!("--open={open}")));
        if tools.engine.kind() == Kind::Postgres {
            fill.arg("--copied-lists").arg(&self.folder);
        }
        let status = fill.status()?;
        anyhow::ensure!(status.success(), "{fill:?} failed with {status}; its last lines say why");
        Ok(())
    }

    /// Brings the lists over, which a copy leaves to the server; their indexes are made at the end.
    fn load_lists(&self) -> anyhow::Result<()> {
        let listed = "FROM pg_indexes WHERE tablename = 'listed' AND indexname <> 'listed_pkey'";
        let of_indexes = |what: &str| {
            rota_cluster::sql(&self.database, &format!("SELECT string_agg({what}, '; ') {listed}"))
        };
        let (make, take) = (of_indexes("indexdef")?, of_indexes("'DROP INDEX ' || indexname")?);
        rota_cluster::sql(&self.database, &take)?;
        for table in COPIED {
            eprintln!("loading {table}");
            rota_cluster::load(&self.database, table, &self.folder.join(table))?;
        }
        eprintln!("making the indexes of the lists");
        rota_cluster::sql(&self.database, &format!("SET maintenance_work_mem = '512MB'; {make}")).map(drop)
    }

    /// A key of the first store that may use the desk.
    pub fn desk_token(&self, tools: &Tools) -> anyhow::Result<String> {
        Ok(self.command(tools, &["key", "create", "--scope", "desk"])?.trim_end().to_owned())
    }

    /// A key of the first store that creates tickets.
    pub fn intake_token(&self) -> anyhow::Result<String> {
        read_tokens(&self.tokens)?.into_iter().next().context("a store has a token")
    }

    /// What a command about the first store prints.
    pub fn command(&self, tools: &Tools, command: &[&str]) -> anyhow::Result<String> {
        let store = store_id(0);
        let of = ["--store", &store, "--database", &self.database];
        output(&tools.rota, command.iter().copied().chain(of))
    }

    /// The server's own check: wrong rows would make every figure about them worthless.
    pub fn check(&self, tools: &Tools) -> anyhow::Result<()> {
        eprintln!("checking {}", self.database);
        output(&tools.rota, ["check", "--database", &self.database]).map(drop)
    }

    fn file(&self) -> PathBuf {
        self.folder.join("rota.db")
    }

    /// The store's token, with a line end.
    fn add_store(&self, tools: &Tools, id: &str, shape: &Shape) -> anyhow::Result<String> {
        let file = self.folder.join(format!("{id}.toml"));
        fs::write(&file, store_file(id, shape)?)?;
        output(&tools.rota, ["apply", display(&file)?, "--database", &self.database])?;
        output(&tools.rota, ["key", "create", "--store", id, "--database", &self.database])
    }
}

fn display(path: &Path) -> anyhow::Result<&str> {
    path.to_str()
        .ok_or_else(|| anyhow::anyhow!("{} is not UTF-8; choose another folder with --work", path.display()))
}

/// As long as a real one: the id is part of every key.
pub fn store_id(number: usize) -> String {
    format!("p60HYv5wjgQaOrPdqT5Njbpkr{number:03}")
}

/// No open-ticket limits: the load never closes a ticket, and a full store would measure something else.
fn store_file(id: &str, shape: &Shape) -> Result<String, std::fmt::Error> {
    let mut file =
        format!("[store]\nid = \"{id}\"\nname = \"Bench\"\n[assignment]\npolicy = \"round_robin\"\n");
    writeln!(file, "[channels]\nwhatsapp = [\"{BRAND_PHONE}\"]\nemail = [\"care@bench.example\"]")?;
    for agent in 0..shape.agents {
        writeln!(
            file,
            "[[agents]]\nemail = \"agent{agent}@bench.example\"\nname = \"Agent {agent}\"\nonline = true"
        )?;
    }
    for (table, count) in [("teams", shape.teams), ("labels", shape.labels)] {
        for number in 1..=count {
            writeln!(file, "[[{table}]]\nname = \"{table} {number}\"")?;
        }
    }
    for number in 0..shape.rules {
        let when = match number % 4 {
            0 => format!("words = [\"refund{number}\", \"money back {number}\"]"),
            1 => format!("labels = [\"labels 1\"], words = [\"urgent{number}\"]"),
            2 => "channels = [\"tasks\"]".to_owned() + &format!(", words = [\"call{number}\"]"),
            _ => format!("channels = [\"whatsapp\"], words = [\"नहीं{number}\"]"),
        };
        writeln!(
            file,
            "[[rules]]\nname = \"Rule {number}\"\nwhen = {{ {when} }}\nthen = {{ team = \"teams 1\" }}"
        )?;
    }
    for customer in CUSTOMER_BASE..CUSTOMER_BASE + CUSTOMERS {
        writeln!(file, "[[customers]]\nid = \"{customer}\"\nname = \"Customer {customer}\"")?;
    }
    Ok(file)
}
