//! Every list, filter and search of a store with millions of tickets against the same of one with ten thousand, page by
//! page in turn.

use anyhow::{Context, ensure};

use super::super::{
    figures::{Goal, Results},
    measure::{Pace, median},
    pages::{Reader, encoded},
    server::Server,
    site::{ORDINARY, Past, Shape, Site},
    tools::Tools,
};
use crate::{
    fill::Dice,
    latency::{Latencies, Percentiles},
};

const SMALL: i64 = 10_000;
const SHAPE: Shape = Shape { agents: 50, teams: 8, labels: 20, ..ORDINARY };
/// Pages that each side reads of a point in a round.
const PAGES: usize = 200;
/// How far the deep pages lie.
const DEEP: usize = 20;
/// How much longer the big store may take.
const MOST: Goal = Goal::Cap(3.0);

/// A list: its parameters, anew for each page.
struct Point {
    name: &'static str,
    query: fn(&Store, &mut Dice) -> String,
}

/// What the parameters are chosen from.
struct Store {
    tickets: i64,
    customers: i64,
    /// Of the page that lies [`DEEP`] pages behind the first.
    deep: String,
}

struct Side {
    store: Store,
    reader: Reader,
    server: Server,
}

/// Numbers as the filler gives them.
impl Store {
    fn customer(&self, dice: &mut Dice) -> i64 {
        1 + dice.below(self.customers as usize) as i64
    }

    fn phone(&self, dice: &mut Dice) -> String {
        format!("+9198{:08}", (self.customer(dice) * 7_919) % 100_000_000)
    }
}

fn one_of(dice: &mut Dice, names: &[&str]) -> String {
    dice.pick(names).copied().unwrap_or_default().to_owned()
}

fn up_to(dice: &mut Dice, last: usize) -> usize {
    1 + dice.below(last)
}

fn search(text: &str) -> String {
    format!("q={}", encoded(text))
}

const POINTS: &[Point] = &[
    Point { name: "all, newest", query: |_, _| String::new() },
    Point { name: "all, oldest", query: |_, _| "sort=oldest".into() },
    Point { name: "all, changed", query: |_, _| "sort=changed".into() },
    Point { name: "all, by priority", query: |_, _| "sort=priority".into() },
    Point { name: "the views with their counts", query: |_, _| "/v1/views".into() },
    Point { name: "closed, 20 pages on", query: |store, _| format!("state=closed&cursor={}", store.deep) },
    Point {
        name: "by state",
        query: |_, dice| {
            let states = ["open", "owned", "waiting", "unclaimed", "snoozed", "closed"];
            format!("state={}", one_of(dice, &states))
        },
    },
    Point {
        name: "open, by priority or change",
        query: |_, dice| format!("state=open&sort={}", one_of(dice, &["priority", "changed"])),
    },
    Point {
        name: "by channel",
        query: |_, dice| format!("channel={}", one_of(dice, &["whatsapp", "email", "tasks"])),
    },
    Point { name: "by agent", query: |_, dice| format!("agent={}", up_to(dice, SHAPE.agents)) },
    Point {
        name: "an agent's open ones",
        query: |_, dice| format!("agent={}&state=open", up_to(dice, SHAPE.agents)),
    },
    Point { name: "nobody's", query: |_, _| "agent=none&state=open".into() },
    Point { name: "by team", query: |_, dice| format!("team={}", up_to(dice, SHAPE.teams)) },
    Point {
        name: "a team's waiting ones",
        query: |_, dice| format!("team={}&state=waiting&sort=oldest", up_to(dice, SHAPE.teams)),
    },
    Point { name: "by label", query: |_, dice| format!("label={}", up_to(dice, SHAPE.labels)) },
    Point {
        name: "by two labels",
        query: |_, dice| format!("label={}&label={}", up_to(dice, SHAPE.labels), up_to(dice, SHAPE.labels)),
    },
    Point {
        name: "open, by label",
        query: |_, dice| format!("state=open&label={}", up_to(dice, SHAPE.labels)),
    },
    Point {
        name: "open, by priority alone",
        query: |_, dice| format!("state=open&priority={}", one_of(dice, &["low", "high", "urgent"])),
    },
    Point { name: "by customer", query: |store, dice| format!("customer={}", store.customer(dice)) },
    Point {
        name: "by age",
        query: |_, dice| one_of(dice, &["youngerThan=1d", "state=open&olderThan=30d", "olderThan=300d"]),
    },
    Point {
        name: "search: a number",
        query: |store, dice| search(&up_to(dice, store.tickets as usize).to_string()),
    },
    Point { name: "search: a phone number", query: |store, dice| search(&store.phone(dice)) },
    Point { name: "search: the end of a phone number", query: |store, dice| search(&store.phone(dice)[5..]) },
    Point {
        name: "search: a mail address",
        query: |store, dice| search(&format!("customer{}@mail.example", store.customer(dice))),
    },
    Point { name: "search: how one begins", query: |_, dice| search(&format!("customer{}", up_to(dice, 9))) },
    Point {
        name: "search: a name",
        query: |_, dice| search(&one_of(dice, &["Asha Sharma", "Ravi Kulk", "Priya Pat", "आशा शर्मा"])),
    },
    Point {
        name: "search: a common word",
        query: |_, dice| search(&one_of(dice, &["refund", "order", "parcel", "ऑर्डर", "पैसे"])),
    },
    Point {
        name: "search: two words",
        query: |_, dice| search(&one_of(dice, &["refund order", "broken item", "पैसे वापस", "parcel delayed"])),
    },
    Point {
        name: "search: how a word begins",
        query: |_, dice| search(&one_of(dice, &["ref", "del", "par", "ऑर", "शि"])),
    },
    Point { name: "search: a rare word", query: |_, _| search("scratched membership voucher") },
    Point { name: "search: among the open ones", query: |_, _| format!("{}&state=open", search("refund")) },
];

pub fn measure(tools: &Tools, pace: &Pace, tickets: i64, results: &mut Results) -> anyhow::Result<()> {
    let past = |tickets: i64| Past {
        shape: SHAPE,
        tickets,
        open: Some(tickets / 10),
        customers: (tickets / 50).clamp(1_000, 200_000),
    };
    let sites = [
        Site::filled(tools, "small-lists", &past(SMALL))?,
        Site::filled(tools, "big-lists", &past(tickets))?,
    ];
    sites[1].check(tools)?;
    let mut sides = [side(tools, &sites[0], &past(SMALL))?, side(tools, &sites[1], &past(tickets))?];
    for point in POINTS {
        let (percentiles, ratio) = compare(&mut sides, pace.rounds(), point)?;
        results.wait(point.name, percentiles, ratio, MOST);
    }
    sides.into_iter().try_for_each(|side| side.server.stop())
}

fn side(tools: &Tools, site: &Site, past: &Past) -> anyhow::Result<Side> {
    let token = site.desk_token(tools)?;
    let server = Server::rota(tools, site, &[])?;
    let mut reader = Reader::open(&server, &token)?;
    let mut deep = String::new();
    for _ in 0..DEEP {
        let (page, _) = reader.read(&address(&format!("state=closed&cursor={deep}")))?;
        deep = encoded(page["next"].as_str().context("a store has that many closed tickets")?);
    }
    let store = Store { tickets: past.tickets, customers: past.customers, deep };
    Ok(Side { store, reader, server })
}

/// Of a list with these parameters; another resource's address stays as it is.
fn address(query: &str) -> String {
    if query.starts_with('/') {
        return query.to_owned();
    }
    format!("/v1/tickets?{}", query.trim_end_matches("&cursor="))
}

/// The medians of the rounds' percentiles on either side, and of their ratios of p99.
fn compare(sides: &mut [Side; 2], rounds: usize, point: &Point) -> anyhow::Result<([Percentiles; 2], f64)> {
    let mut measured: [Vec<Percentiles>; 2] = Default::default();
    for round in 0..rounds {
        let mut latencies: [Latencies; 2] = Default::default();
        let mut found = [0; 2];
        for page in 0..PAGES {
            for (number, side) in sides.iter_mut().enumerate() {
                let query = (point.query)(&side.store, &mut Dice::new((round * PAGES + page) as i64));
                let (answer, took) = side.reader.read(&address(&query))?;
                found[number] += answer["items"].as_array().map_or(0, Vec::len);
                latencies[number].record(took);
            }
        }
        // What is rare in many tickets may be missing in few.
        ensure!(found[1] > 0, "{}: the big store has none", point.name);
        let [small, big] = latencies.map(Latencies::percentiles);
        eprintln!("{}: p99 {:.2} ms, {:.2} ms", point.name, small.p99_us / 1000.0, big.p99_us / 1000.0);
        measured[0].push(small);
        measured[1].push(big);
    }
    let ratios = measured[0].iter().zip(&measured[1]).map(|(small, big)| big.p99_us / small.p99_us);
    let ratio = median(ratios.collect());
    let middle = |of: fn(&Percentiles) -> f64, side: &[Percentiles]| median(side.iter().map(of).collect());
    let of = |side: &Vec<Percentiles>| Percentiles {
        p50_us: middle(|of| of.p50_us, side),
        p99_us: middle(|of| of.p99_us, side),
        max_us: middle(|of| of.max_us, side),
    };
    Ok(([of(&measured[0]), of(&measured[1])], ratio))
}
