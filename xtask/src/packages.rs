//! Debian's packages that chores need: they start servers of their own, and all they want is the programs.

use anyhow::Context;

use crate::tools;

/// A package, and a shell command that succeeds where it is there.
pub struct Package {
    name: &'static str,
    is_there: &'static str,
}

pub const POSTGRESQL: Package =
    Package { name: "postgresql", is_there: "ls /usr/lib/postgresql/*/bin/initdb || command -v initdb" };
pub const PGBOUNCER: Package =
    Package { name: "pgbouncer", is_there: "ls /usr/sbin/pgbouncer || command -v pgbouncer" };

pub const CHROMIUM: Package = Package { name: "chromium", is_there: "command -v chromium" };
pub const AIOSMTPD: Package =
    Package { name: "python3-aiosmtpd", is_there: "/usr/bin/python3 -c 'import aiosmtpd'" };

/// Installs those that are missing.
pub fn install(wanted: &[Package]) -> anyhow::Result<()> {
    let is_there = |package: &&Package| tools::works(tools::command("sh").args(["-c", package.is_there]));
    let missing: Vec<_> =
        wanted.iter().filter(|package| !is_there(package)).map(|package| package.name).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let names = missing.join(" and ");
    eprintln!("installing {names}, by Debian's packages");
    let install = ["install", "--yes", "--no-install-recommends"];
    tools::run(tools::command("apt-get").arg("update"))
        .and_then(|()| tools::run(tools::command("apt-get").args(install).args(missing)))
        .with_context(|| {
            format!("install {names} by hand where apt-get cannot; of PostgreSQL it is 15 or newer")
        })
}
