//! What recording events costs intake.

use super::{
    super::{
        commands::{AT_ONCE, Commands},
        figures::{Goal, Results},
        measure::{Contestant, Load, Pace},
        record,
        server::Server,
        site::{ORDINARY, Site},
        tools::Tools,
    },
    CROWD,
};

/// Events a second beside intake.
const RATE: f64 = 10_000.0;
/// Calls a second, where intake is not to take all that the machine has.
const OFFERED: f64 = 5_000.0;
/// Tickets that the commands change, in turn.
const CHANGED: i64 = 50 * AT_ONCE;

/// Intake alone and beside commands on the same server, so that both meet the same database.
pub fn measure(tools: &Tools, pace: &Pace, results: &mut Results) -> anyhow::Result<()> {
    let site = Site::make(tools, "events", &ORDINARY)?;
    let server = Server::rota(tools, &site, &[])?;
    record::tickets(&server, &site, CHANGED)?;
    let token = site.desk_token(tools)?;
    for (offered, point) in
        [(None, "as many as are answered".to_owned()), (Some(OFFERED), format!("{OFFERED} calls/s"))]
    {
        let commands = Commands::new(&server, &token, CHANGED, RATE)?;
        let load = |name| Load {
            name,
            nodes: vec![&server],
            site: &site,
            connections: CROWD,
            keys: false,
            rate: offered,
        };
        let beside = Contestant::Beside { commands: &commands, load: load("beside commands") };
        let [alone, beside] = pace.measure(tools, &point, [Contestant::Load(load("alone")), beside])?;
        results.compare(
            format!("{CROWD} connections, {point}, beside commands"),
            &alone,
            &beside,
            Some(Goal::Floor(0.9)),
        );
        let name = format!("events a second that the commands recorded beside {point}");
        results.figure(name, commands.recorded(), "", Some(Goal::Floor(RATE)));
    }
    server.stop()
}
