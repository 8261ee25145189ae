//! The database that Rota runs on: files, or a cluster of the bench's own.

use std::path::Path;

use anyhow::Context;
use rota_cluster::Cluster;

/// What an operator sets for a server of this size; all else is PostgreSQL's default, so each commit is synced.
const SETTINGS: &str = "shared_buffers = '1GB'\nmax_wal_size = '4GB'\nrandom_page_cost = 1.1\n";

#[derive(Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Kind {
    Sqlite,
    Postgres,
}

pub enum Engine {
    Sqlite,
    Postgres(Cluster),
}

impl Engine {
    pub fn start(kind: Kind) -> anyhow::Result<Self> {
        match kind {
            Kind::Sqlite => Ok(Self::Sqlite),
            Kind::Postgres => cluster().map(Self::Postgres),
        }
    }

    pub fn kind(&self) -> Kind {
        match self {
            Self::Sqlite => Kind::Sqlite,
            Self::Postgres(_) => Kind::Postgres,
        }
    }

    /// A new database as `--database` takes it; `rota` makes what is in it.
    pub fn database(&self, name: &str, folder: &Path) -> anyhow::Result<String> {
        match self {
            Self::Sqlite => Ok(format!("sqlite:{}", folder.join("rota.db").display())),
            Self::Postgres(cluster) => {
                let create = format!("CREATE DATABASE \"{name}\"");
                rota_cluster::sql(&rota_cluster::socket_url(cluster, "postgres"), &create)?;
                Ok(rota_cluster::socket_url(cluster, name))
            }
        }
    }
}

/// It lies where temporary files do, for PostgreSQL's own user can reach that, and goes with this process.
fn cluster() -> anyhow::Result<Cluster> {
    let folder = std::env::temp_dir().join(format!("rota-bench-{}", std::process::id()));
    eprintln!("making a PostgreSQL cluster in {}", folder.display());
    let language = ["--encoding=UTF8", "--locale=C.UTF-8"];
    let cluster = Cluster::start(&folder, &language, SETTINGS).context("the bench needs PostgreSQL")?;
    rota_cluster::end_after(std::process::id(), cluster.folder())?;
    Ok(cluster)
}
