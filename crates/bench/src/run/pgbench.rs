//! What a first version of intake does: each call a transaction of its own, a statement after the other. pgbench runs
//! it, so that no server of anybody's stands between.

use std::{fs, path::Path, process::Command, time::Duration};

use anyhow::Context;

use super::{
    measure::Sample,
    site::{self, CUSTOMER_BASE, CUSTOMERS, Site},
    tools::run_to_end,
};
use crate::{latency::Latencies, wire::BRAND_PHONE};

pub const NAME: &str = "pgbench, 32 clients";
pub const CLIENTS: usize = 32;

/// Rota reads what a ticket points at in the same transaction and leaves these out.
pub const FOREIGN_KEYS: &str = "
    ALTER TABLE tickets ADD FOREIGN KEY (store_id, customer_id) REFERENCES customers,
                        ADD FOREIGN KEY (store_id, agent_id) REFERENCES agents,
                        ADD FOREIGN KEY (store_id, team_id) REFERENCES teams";

/// Loads the site's database, into the same tables with the same keys.
pub fn run(site: &Site, seconds: f64) -> anyhow::Result<Sample> {
    let folder = site.folder.join("pgbench");
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    fs::create_dir_all(&folder)?;
    let script = folder.join("transaction.sql");
    fs::write(&script, transaction())?;
    let mut pgbench = Command::new(rota_cluster::program("pgbench"));
    pgbench.args([
        "--no-vacuum",
        "--client",
        &CLIENTS.to_string(),
        "--jobs",
        "2",
        "--protocol",
        "prepared",
        "--log",
    ]);
    pgbench.args(["--time", &seconds.ceil().to_string(), "--file"]).arg(&script);
    let printed = run_to_end(pgbench.arg(&site.database).current_dir(&folder))?;
    let rps = printed.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
    let rps = rps.with_context(|| format!("pgbench tells no rate:\n{printed}"))?;
    let latency = latencies(&folder)?.percentiles();
    Ok(Sample { rps, p50_us: latency.p50_us, p99_us: latency.p99_us, errors: 0 })
}

/// The third column of pgbench's logs has a transaction's time in microseconds.
fn latencies(folder: &Path) -> anyhow::Result<Latencies> {
    let mut latencies = Latencies::default();
    for entry in fs::read_dir(folder)? {
        let file = entry?.path();
        if file.file_stem().is_none_or(|name| !name.to_string_lossy().starts_with("pgbench_log")) {
            continue;
        }
        for line in fs::read_to_string(&file)?.lines() {
            let time = line.split(' ').nth(2).and_then(|time| time.parse().ok());
            let time = time.with_context(|| format!("{} has the line {line}", file.display()))?;
            latencies.record(Duration::from_micros(time));
        }
    }
    Ok(latencies)
}

/// Looks the customer up, takes the turn and the number, inserts the ticket and its event.
fn transaction() -> String {
    let (store, last) = (site::store_id(0), CUSTOMER_BASE + CUSTOMERS - 1);
    let agents = site::ORDINARY.agents;
    format!(
        "\\set customer random({CUSTOMER_BASE}, {last})
         BEGIN;
         SELECT id FROM customers WHERE store_id = '{store}' AND id = CAST(:customer AS text) AND active;
         UPDATE routing SET next_ticket = next_ticket + 1, next_event = next_event + 1 WHERE store_id = '{store}'
             RETURNING next_ticket - 1 AS ticket, next_event - 1 AS event, 1 + next_ticket % {agents} AS agent \\gset
         INSERT INTO tickets (store_id, id, customer_id, channel, stage, agent_id, created_at, created_by, event,
                              receipt, brand_address, customer_address)
             VALUES ('{store}', :ticket, CAST(:customer AS text), 'whatsapp', 'open', :agent,
                     extract(epoch FROM now()) * 1000, 'api', :event, '{{}}', '{BRAND_PHONE}', '+918095495490');
         INSERT INTO outbox (store_id, position, at, kind, ticket_id, sequence, body)
             VALUES ('{store}', :event, extract(epoch FROM now()) * 1000, 'ticket.created', :ticket, 1, '{{}}');
         COMMIT;\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_times_of_all_threads_are_read_and_nothing_else() {
        let folder = std::env::temp_dir().join(format!("rota-bench-logs-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("pgbench_log.7"), "6 1 100 0 1795491936 895564\n5 1 200 0 1795491936 911453\n")
            .unwrap();
        fs::write(folder.join("pgbench_log.7.1"), "31 1 300 0 1795491936 898798\n").unwrap();
        fs::write(folder.join("transaction.sql"), "COMMIT;\n").unwrap();
        let found = latencies(&folder).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        assert_eq!(found.count(), 3);
        assert_eq!(found.percentiles().max_us, 300.0);
    }
}
