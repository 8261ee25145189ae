//! A database with stores, made by the real commands, and the tokens of its callers.

use std::{
    fmt::Write,
    fs,
    path::{Path, PathBuf},
};

use super::tools::{Tools, output};
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
        eprintln!("making {name}: {} stores with {} agents each", shape.stores, shape.agents);
        let folder = tools.folder(name)?;
        let database = tools.engine.database(name, &folder)?;
        let site = Self { database, tokens: folder.join("tokens"), folder };
        let mut tokens = String::new();
        for number in 0..shape.stores {
            tokens += &site.add_store(tools, &store_id(number), shape.agents)?;
        }
        fs::write(&site.tokens, tokens)?;
        Ok(site)
    }

    /// Gives the first store tickets of the past.
    pub fn fill(&self, tools: &Tools, tickets: i64) -> anyhow::Result<()> {
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

    pub fn file(&self) -> PathBuf {
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
fn store_id(number: usize) -> String {
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
