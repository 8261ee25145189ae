//! The parts that only PostgreSQL has: what a plain program would do on it, several nodes, other people's
//! transactions.

use super::{
    super::{
        figures::{Goal, Results},
        measure::{Contestant, Pace},
        pgbench,
        server::Server,
        site::{ORDINARY, Site},
        snapshot::Snapshot,
        tools::Tools,
    },
    CROWD, HUNDRED_STORES,
};

pub fn naive(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let naive = Site::make(tools, "naive", &ORDINARY)?;
    rota_cluster::sql(&naive.database, pgbench::FOREIGN_KEYS)?;
    let site = Site::make(tools, "beside-naive", &ORDINARY)?;
    let rota = Server::rota(tools, &site, &[])?;
    let contestants =
        [Contestant::Pgbench { site: &naive }, Contestant::load("rota", &[&rota], &site, pgbench::CLIENTS)];
    let [base, own] = pace.measure(tools, "a transaction a call", contestants)?;
    let point = format!("{} connections, to a transaction a call", pgbench::CLIENTS);
    results.compare(point, &base, &own, Some(Goal::Floor(10.0)));
    rota.stop()
}

pub fn stores(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let one = Site::make(tools, "one-store", &ORDINARY)?;
    let many = Site::make(tools, "100-stores", &HUNDRED_STORES)?;
    let apart = Site::make(tools, "100-stores-apart", &HUNDRED_STORES)?;
    let on_one = Server::rota(tools, &one, &[])?;
    let on_many = Server::rota(tools, &many, &[])?;
    let each = Server::rota(tools, &apart, &["--batch-scope", "store"])?;
    let contestants = [
        Contestant::load("1 store", &[&on_one], &one, CROWD),
        Contestant::load("100 stores", &[&on_many], &many, CROWD),
        Contestant::load("100 stores, each by itself", &[&each], &apart, CROWD),
    ];
    let [base, together, alone] = pace.measure(tools, "100 stores", contestants)?;
    let point = |scope| format!("{CROWD} connections, 100 stores, scope {scope}");
    results.compare(point("batch"), &base, &together, Some(Goal::Floor(0.85)));
    results.compare(point("store"), &base, &alone, None);
    [on_one, on_many, each].into_iter().try_for_each(Server::stop)
}

/// The callers are spread evenly over as many nodes as take part; the others stand by.
pub fn nodes(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let site = Site::make(tools, "nodes", &ORDINARY)?;
    let start = || Server::rota(tools, &site, &[]);
    let nodes = [start()?, start()?, start()?];
    let [first, second, third] = &nodes;
    let contestants = [
        Contestant::load("1 node", &[first], &site, CROWD),
        Contestant::load("2 nodes", &[first, second], &site, CROWD),
        Contestant::load("3 nodes", &[first, second, third], &site, CROWD),
    ];
    let [one, two, three] = pace.measure(tools, "nodes", contestants)?;
    results.compare(format!("{CROWD} connections, 2 nodes"), &one, &two, Some(Goal::Floor(0.9)));
    results.compare(format!("{CROWD} connections, 3 nodes"), &one, &three, None);
    nodes.into_iter().try_for_each(Server::stop)?;
    site.check(tools)
}

/// Nothing that the transaction could still see is cleared away, so the longer it lasts under load the more there is
/// to step over. The rounds that are compared are the last of its time.
pub fn long_transaction(
    tools: &Tools,
    pace: &Pace,
    seconds: f64,
    results: &mut Results,
) -> anyhow::Result<()> {
    let free = Site::make(tools, "undisturbed", &ORDINARY)?;
    let held = Site::make(tools, "long-transaction", &ORDINARY)?;
    let (on_free, on_held) = (Server::rota(tools, &free, &[])?, Server::rota(tools, &held, &[])?);
    let own = || Contestant::load("with it", &[&on_held], &held, CROWD);
    let snapshot = Snapshot::take(&held)?;
    let point = format!("a transaction open for {seconds} s");
    let piling = (seconds - pace.duration(2)).max(1.0);
    Pace::new(1, piling, 0.0).measure(tools, &format!("{point}, until the last rounds"), [own()])?;
    let contestants = [Contestant::load("without", &[&on_free], &free, CROWD), own()];
    let [without, with] = pace.measure(tools, &point, contestants)?;
    snapshot.release()?;
    results.compare(format!("{CROWD} connections, {point}"), &without, &with, Some(Goal::Floor(0.8)));
    let size = rota_cluster::sql(&held.database, "SELECT pg_relation_size('routing') / 1048576.0")?;
    results.figure(format!("size of one store's routing row, {point}"), size.parse()?, "MiB", None);
    [on_free, on_held].into_iter().try_for_each(Server::stop)
}
