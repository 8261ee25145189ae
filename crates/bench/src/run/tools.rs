//! The programs that a run needs and the folder that it works in.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

use super::{Options, engine::Engine};

pub struct Tools {
    /// This program: ceiling, load, commit and fill run as processes of their own.
    pub bench: PathBuf,
    pub rota: PathBuf,
    pub engine: Engine,
    work: PathBuf,
}

impl Tools {
    /// Empties the folder to work in and starts the database.
    pub fn find(options: &Options) -> anyhow::Result<Self> {
        let bench = std::env::current_exe().context("cannot tell where this program is")?;
        let beside = bench.parent().context("this program is in no folder")?;
        let rota = options.rota.clone().unwrap_or_else(|| beside.join("rota"));
        if !rota.is_file() {
            bail!("{} is not there; `cargo xtask bench` builds it, or name it with --rota", rota.display());
        }
        let work = options.work.clone().unwrap_or_else(|| beside.with_file_name("bench").join("work"));
        let engine = Engine::start(options.database)?;
        let tools = Self { rota: fs::canonicalize(rota)?, bench, engine, work };
        tools.clear()?;
        Ok(tools)
    }

    /// A folder of this name, made.
    pub fn folder(&self, name: &str) -> anyhow::Result<PathBuf> {
        let folder = std::path::absolute(self.work.join(name))?;
        fs::create_dir_all(&folder).with_context(|| {
            format!("cannot make {}; choose another folder with --work", folder.display())
        })?;
        Ok(folder)
    }

    pub fn clear(&self) -> anyhow::Result<()> {
        match fs::remove_dir_all(&self.work) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).with_context(|| {
                format!("cannot empty {}; choose another folder with --work", self.work.display())
            }),
            _ => Ok(()),
        }
    }
}

/// What the program printed; what it says on stderr is passed on where it fails.
pub fn output<'a>(program: &Path, arguments: impl IntoIterator<Item = &'a str>) -> anyhow::Result<String> {
    run_to_end(Command::new(program).args(arguments))
}

/// The same of a command.
pub fn run_to_end(command: &mut Command) -> anyhow::Result<String> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("cannot run {command:?}"))?;
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        bail!("{command:?} failed with {}:\n{}", output.status, said.trim_end());
    }
    // A load that met errors says so on stderr and goes on.
    eprint!("{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout)
        .with_context(|| format!("{command:?} printed something that is not UTF-8"))
}
