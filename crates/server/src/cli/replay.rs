//! `rota replay`.

use super::change::{Of, refusal};
use super::output::{Output, print};
use crate::clock::{Clock, SystemClock};
use crate::plural::counted;
use crate::provision;
use crate::replay::{
    self, Draft, Drafted, Failure, Named, NamedAgent, NamedPool, Plan, PoolName, Report, Watch,
};
use crate::store::types::CurrentSettings;
use crate::store::{Refused, Store};
use anyhow::{Context, Result, anyhow, bail};
use clap::Args;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::fs;
use std::io::{IsTerminal, Write, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// How often progress is told.
const TELL: Duration = Duration::from_millis(500);

#[derive(Debug, Args)]
pub struct ReplayArgs {
    #[command(flatten)]
    of: Of,
    /// Where it begins: a day such as 2026-11-01 in the store's time zone, or a time; 30 days before its end unless set
    #[arg(long, value_name = "DATE")]
    from: Option<String>,
    /// Where it ends, without that day itself; now unless set
    #[arg(long, value_name = "DATE")]
    to: Option<String>,
    /// What is tried: JSON as of POST /v1/replays, or a store file (.toml)
    #[arg(long, value_name = "FILE")]
    draft: PathBuf,
    /// Print the whole report as JSON
    #[arg(long)]
    json: bool,
}

pub async fn run(args: ReplayArgs) -> Result<ExitCode> {
    let now = SystemClock.now();
    let (database, current) = args.of.current().await?;
    let zone = current.store.as_ref().and_then(|row| TimeZone::get(&row.timezone).ok());
    let zone = zone.unwrap_or(TimeZone::UTC);
    let time = |name: &str, text: &Option<String>| {
        text.as_deref().map(|text| time(text, &zone).with_context(|| format!("--{name}"))).transpose()
    };
    let (from, to) = (time("from", &args.from)?, time("to", &args.to)?);
    let period = replay::period(from, to, now).map_err(|(field, rule)| anyhow!("--{field} {rule}"))?;
    let drafted = drafted(&args, &current, now)?;
    let plan = Plan::new(&args.of.store.store, period, &current, drafted)?;
    let report = watched(&*database, plan).await?;
    if args.json {
        print(&serde_json::to_string(&report)?)?;
    } else {
        told(&report)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn time(text: &str, zone: &TimeZone) -> Result<Timestamp> {
    let wrong =
        || anyhow!("\"{text}\" is neither a day such as 2026-11-01 nor a time such as 2026-11-01T09:00:00Z");
    if let Ok(date) = text.parse::<Date>() {
        return Ok(date.to_zoned(zone.clone()).map_err(|_| wrong())?.timestamp());
    }
    text.parse().map_err(|_| wrong())
}

fn drafted(args: &ReplayArgs, current: &CurrentSettings, now: Timestamp) -> Result<Drafted> {
    let name = args.draft.display().to_string();
    let text =
        fs::read_to_string(&args.draft).with_context(|| format!("cannot read {name}; check its name"))?;
    let drafted = if is_store_file(&args.draft) {
        let file = provision::read(&text).map_err(|problems| anyhow!("{name}: {}", problems.join("; ")))?;
        if file.id != args.of.store.store {
            bail!("{name} is the file of store {}, and not of {}", file.id, args.of.store.store);
        }
        replay::of_file(file, current, now)
    } else {
        let mut json = serde_json::Deserializer::from_str(&text);
        let draft: Draft = serde_path_to_error::deserialize(&mut json)
            .map_err(|error| anyhow!("{name}: {}: {}", error.path(), error.inner()))?;
        json.end().map_err(|error| anyhow!("{name}: {error}"))?;
        draft.apply(current)
    };
    drafted.map_err(|refused| match refused {
        Refused::File(problems) => anyhow!("{name}: {}", problems.join("; ")),
        Refused::Unfit(fields) => {
            let told: Vec<String> =
                fields.into_iter().map(|(field, rule)| format!("{field} {rule}")).collect();
            anyhow!("{name}: {}", told.join("; "))
        }
        other => anyhow!(refusal(other)),
    })
}

fn is_store_file(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("toml"))
}

/// Replays, and tells how far it is on stderr: in one line where somebody watches, in a line for each quarter else.
async fn watched(database: &dyn Store, plan: Plan) -> Result<Report, Failure> {
    let watch = Arc::new(Watch::default());
    let work = replay::run(database, plan, watch.clone());
    tokio::pin!(work);
    let mut ticks = tokio::time::interval(TELL);
    let is_seen = stderr().is_terminal();
    let mut told = 0;
    loop {
        tokio::select! {
            done = &mut work => {
                if is_seen {
                    eprint!("\r\x1b[K");
                }
                return done;
            }
            _ = ticks.tick() => {
                let percent = (watch.done() * 100.0) as u32;
                let tickets = watch.tickets();
                if is_seen {
                    eprint!("\rreplaying {tickets} tickets: {percent} %");
                    drop(stderr().flush());
                } else if percent >= told + 25 {
                    told = percent;
                    eprintln!("replaying {tickets} tickets: {percent} %");
                }
            }
        }
    }
}

fn told(report: &Report) -> Result<()> {
    let mut output = Output::new();
    let mut lines = head(report);
    lines.extend(whole(report));
    lines.extend(agents(report));
    lines.extend(pools(report));
    lines.push(String::new());
    lines.push("what is not guessed".into());
    lines.extend(report.not_guessed.iter().map(|said| format!("  {said}")));
    for line in lines {
        if !output.line(line.trim_end())? {
            return Ok(());
        }
    }
    output.finish()
}

fn head(report: &Report) -> Vec<String> {
    let tickets = usize::try_from(report.tickets).unwrap_or(usize::MAX);
    let mut lines =
        vec![format!("{} from {:.0} to {:.0}", counted(tickets, "ticket"), report.from, report.to)];
    match report.changes.as_slice() {
        [] => lines.push("the draft changes nothing".into()),
        changes => lines.extend(changes.iter().map(|change| format!("  {change}"))),
    }
    lines
}

const WIDTH: usize = 34;

fn whole(report: &Report) -> Vec<String> {
    let mut lines = vec![String::new(), columns("", ["before", "after", "recorded"].map(str::to_owned))];
    let mut line = |name: &str, figure: &dyn Fn(&Named) -> String| {
        let sides = [&report.before, &report.after, &report.recorded];
        lines.push(columns(name, sides.map(figure)));
    };
    line("tickets that waited", &|side| side.waiting.tickets.to_string());
    line("  mean", &|side| span(side.waiting.mean_seconds));
    line("  half of them at most", &|side| span(side.waiting.p50_seconds));
    line("  90 of 100 at most", &|side| span(side.waiting.p90_seconds));
    line("  99 of 100 at most", &|side| span(side.waiting.p99_seconds));
    line("  longest", &|side| span(side.waiting.max_seconds));
    line("waiting at the end", &|side| side.overflow.never_given_out.to_string());
    line("left for people to take", &|side| side.overflow.unclaimed.to_string());
    line("sent by a rule", &|side| side.ways.rule.to_string());
    line("to the customer's last agent", &|side| side.ways.sticky.to_string());
    lines
}

fn agents(report: &Report) -> Vec<String> {
    let sides = [&report.before, &report.after, &report.recorded];
    let ids: BTreeSet<_> =
        sides.iter().flat_map(|side| &side.agents).map(|agent| agent.figures.agent_id).collect();
    let heads = ["before", "after", "recorded", "most open", "(after)", "mean open", "(after)"];
    let mut lines = vec![String::new(), columns("tickets received by", heads.map(str::to_owned))];
    for id in ids {
        let of = |side: &Named| side.agents.iter().find(|agent| agent.figures.agent_id == id).cloned();
        let [before, after, recorded] = sides.map(of);
        let name = [&before, &after, &recorded].into_iter().flatten().next().map(|agent| agent.name.clone());
        let received = |agent: &Option<NamedAgent>| {
            agent.as_ref().map_or_else(|| "-".into(), |agent| agent.figures.received.to_string())
        };
        let most = |agent: &Option<NamedAgent>| {
            let most = agent.as_ref().and_then(|agent| agent.figures.most_open);
            most.map_or_else(|| "-".into(), |most| most.to_string())
        };
        let mean = |agent: &Option<NamedAgent>| {
            let mean = agent.as_ref().and_then(|agent| agent.figures.mean_open);
            mean.map_or_else(|| "-".into(), |mean| format!("{mean:.2}"))
        };
        let figures = [
            received(&before),
            received(&after),
            recorded.as_ref().map_or_else(|| "0".into(), |agent| agent.figures.received.to_string()),
            most(&before),
            most(&after),
            mean(&before),
            mean(&after),
        ];
        lines.push(columns(&format!("  {}", name.unwrap_or_default()), figures));
    }
    lines
}

fn pools(report: &Report) -> Vec<String> {
    let sides = [&report.before, &report.after];
    let mut pools: Vec<&PoolName> = Vec::new();
    for pool in sides.iter().flat_map(|side| &side.pools) {
        if !pools.contains(&&pool.pool) {
            pools.push(&pool.pool);
        }
    }
    let heads = ["before", "after", "waited", "(after)", "90 of 100", "(after)"];
    let mut lines = vec![String::new(), columns("tickets that came to", heads.map(str::to_owned))];
    for pool in pools {
        let of = |side: &Named| side.pools.iter().find(|other| other.pool == *pool).cloned();
        let [before, after] = sides.map(of);
        let figure = |side: &Option<NamedPool>, of: &dyn Fn(&NamedPool) -> String| {
            side.as_ref().map_or_else(|| "-".into(), of)
        };
        let tickets = |pool: &NamedPool| pool.tickets.to_string();
        let waited = |pool: &NamedPool| pool.waiting.tickets.to_string();
        let within = |pool: &NamedPool| span(pool.waiting.p90_seconds);
        let name = match (&pool.name, pool.id) {
            (Some(name), _) => name.clone(),
            (None, Some(id)) => format!("team {id}"),
            (None, None) => "all agents".into(),
        };
        let figures = [
            figure(&before, &tickets),
            figure(&after, &tickets),
            figure(&before, &waited),
            figure(&after, &waited),
            figure(&before, &within),
            figure(&after, &within),
        ];
        lines.push(columns(&format!("  {name}"), figures));
    }
    lines
}

fn columns<const N: usize>(name: &str, figures: [String; N]) -> String {
    let short: String = name.chars().take(WIDTH).collect();
    let mut line = format!("{short:<WIDTH$}");
    for figure in figures {
        line.push_str(&format!(" {figure:>10}"));
    }
    line
}

/// Seconds in the two largest units: `2d 3h`, `5m 10s`, `0.4s`.
fn span(seconds: f64) -> String {
    if seconds < 60.0 {
        return format!("{seconds}s");
    }
    let whole = seconds.round() as u64;
    let (days, hours, minutes, rest) = (whole / 86_400, whole / 3600 % 24, whole / 60 % 60, whole % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes}m {rest}s"),
        (0, _) => format!("{hours}h {minutes}m"),
        _ => format!("{days}d {hours}h"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_told_in_its_two_largest_units() {
        let told = [0.4, 59.0, 310.0, 7_260.4, 183_600.0].map(span);
        assert_eq!(told, ["0.4s", "59s", "5m 10s", "2h 1m", "2d 3h"]);
    }

    #[test]
    fn a_day_begins_in_the_stores_zone() {
        let kolkata = TimeZone::get("Asia/Kolkata").unwrap();
        let read = |text: &str| time(text, &kolkata).map(|at| at.to_string()).ok();
        assert_eq!(read("2026-11-01").as_deref(), Some("2026-10-31T18:30:00Z"));
        assert_eq!(read("2026-11-01T09:00:00Z").as_deref(), Some("2026-11-01T09:00:00Z"));
        assert_eq!(read("yesterday"), None);
    }
}
