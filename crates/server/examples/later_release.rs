//! A release after this one, as far as a database that both use is concerned: the same server with further migrations.
//! For the tests alone; nothing installs it.

use clap::{Parser, Subcommand, ValueEnum};
use rota::app::{App, Outside};
use rota::clock::{SystemClock, SystemEntropy};
use rota::config::Settings;
use rota::server;
use rota::store::Role;
use rota::store::migration::Migration;
use rota::store::postgres::{MIGRATIONS, Options};
use rota::telemetry::{LogFormat, start_logging};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Something new beside what this release works with.
const EXPAND: Migration = Migration {
    number: 2,
    name: "colours",
    sql: "CREATE TABLE colours (store_id TEXT NOT NULL, id BIGINT NOT NULL, name TEXT NOT NULL,
                                   PRIMARY KEY (store_id, id));
          CREATE INDEX colours_by_name ON colours (store_id, name);
          ALTER TABLE tickets ADD COLUMN colour BIGINT NOT NULL DEFAULT 0",
    oldest_program: 1,
};
/// Something that this release has to have is gone.
const CONTRACT: Migration = Migration {
    number: 3,
    name: "no_task_titles",
    sql: "ALTER TABLE tickets DROP COLUMN task_title",
    oldest_program: 2,
};

#[derive(Parser)]
struct Cli {
    release: Release,
    #[command(subcommand)]
    command: Command,
}

#[derive(Clone, Copy, ValueEnum)]
enum Release {
    Next,
    AfterNext,
}

#[derive(Subcommand)]
enum Command {
    Serve(Settings),
    Migrate(Settings),
}

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let Cli { release, command } = Cli::parse();
    start_logging(LogFormat::Text);
    let further: &[Migration] = match release {
        Release::Next => &[EXPAND],
        Release::AfterNext => &[EXPAND, CONTRACT],
    };
    let migrations = [MIGRATIONS, further].concat().leak();
    match command {
        Command::Serve(settings) => serve(&settings, migrations).await,
        Command::Migrate(settings) => {
            let options = Options { migrations, ..settings.database_options() };
            settings.database()?.open(Role::Command, options, Arc::new(SystemClock)).await?;
            Ok(())
        }
    }
}

async fn serve(settings: &Settings, migrations: &'static [Migration]) -> anyhow::Result<()> {
    let clock = Arc::new(SystemClock);
    let options = Options { migrations, ..settings.database_options() };
    let store = settings.database()?.open(Role::Server, options, clock.clone()).await?;
    let listener = TcpListener::bind(settings.listen()).await?;
    let mut terminate = signal(SignalKind::terminate())?;
    let (entropy, bound) = (Arc::new(SystemEntropy), listener.local_addr()?);
    let (limits, site) = (settings.limits(), settings.site(bound));
    let outside = Outside { site, webhooks: settings.webhooks(), smtp: None, console: |_| None };
    let (app, background) = App::start(store, clock, entropy, limits, outside);
    println!("listening on http://{bound}");
    let stop = async move {
        terminate.recv().await;
    };
    server::serve(listener, app.clone(), None, settings.connections(), stop).await;
    app.stop(background).await;
    Ok(())
}
