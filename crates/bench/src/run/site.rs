//! A database with stores, made by the real commands, and the tokens of its callers.

use std::{
    fmt::Write,
    fs,
    mem::replace,
    path::{Path, PathBuf},
};

use super::{
    engine::{Engine, Kind},
    tools::{Tools, output},
};
use crate::wire::BRAND_PHONE;

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
}

pub const ORDINARY: Shape = Shape { stores: 1, agents: 10 };

impl Site {
    pub fn make(tools: &Tools, name: &str, shape: &Shape) -> anyhow::Result<Self> {
        Self::make_on(&tools.engine, tools, name, shape)
    }

    /// One whose first store has tickets of the past. They are made in a file, and copied where that is not the
    /// database that is measured.
    pub fn filled(tools: &Tools, name: &str, tickets: i64) -> anyhow::Result<Self> {
        let mut site = Self::make_on(&Engine::Sqlite, tools, name, &ORDINARY)?;
        site.fill(tools, tickets)?;
        if tools.engine.kind() == Kind::Postgres {
            let from = replace(&mut site.database, tools.engine.database(name, &site.folder)?);
            eprintln!("copying it to {}", site.database);
            output(&tools.rota, ["copy", "--from", &from, "--to", &site.database])?;
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
            tokens += &site.add_store(tools, &store_id(number), shape.agents)?;
        }
        fs::write(&site.tokens, tokens)?;
        Ok(site)
    }

    /// Gives the first store tickets of the past.
    fn fill(&self, tools: &Tools, tickets: i64) -> anyhow::Result<()> {
        eprintln!("filling it with {tickets} tickets");
        let (store, tickets) = (store_id(0), tickets.to_string());
        let mut fill = std::process::Command::new(&tools.bench);
        fill.args(["fill", "--store", &store, "--tickets", &tickets, "--database"]).arg(self.file());
        let status = fill.status()?;
        anyhow::ensure!(status.success(), "{fill:?} failed with {status}; its last lines say why");
        Ok(())
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
    fn add_store(&self, tools: &Tools, id: &str, agents: usize) -> anyhow::Result<String> {
        let file = self.folder.join(format!("{id}.toml"));
        fs::write(&file, store_file(id, agents)?)?;
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
fn store_file(id: &str, agents: usize) -> Result<String, std::fmt::Error> {
    let mut file =
        format!("[store]\nid = \"{id}\"\nname = \"Bench\"\n[assignment]\npolicy = \"round_robin\"\n");
    writeln!(file, "[channels]\nwhatsapp = [\"{BRAND_PHONE}\"]\nemail = [\"care@bench.example\"]")?;
    for agent in 0..agents {
        writeln!(
            file,
            "[[agents]]\nemail = \"agent{agent}@bench.example\"\nname = \"Agent {agent}\"\nonline = true"
        )?;
    }
    for (table, names) in [("teams", ["Returns", "Orders"]), ("labels", ["refund", "late"])] {
        for name in names {
            writeln!(file, "[[{table}]]\nname = \"{name}\"")?;
        }
    }
    for customer in CUSTOMER_BASE..CUSTOMER_BASE + CUSTOMERS {
        writeln!(file, "[[customers]]\nid = \"{customer}\"\nname = \"Customer {customer}\"")?;
    }
    Ok(file)
}
