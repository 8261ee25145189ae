//! The pictures of docs/routing.md are drawn from receipts of a running server, and are still what it tells.

use super::root;
use crate::desk::harness::Desk;
use crate::harness::{Rota, tasks};
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::fs;

const SHOP: &str = r#"
[store]
id = "shop"
name = "Shop"
[assignment]
policy = "POLICY"
[channels]
whatsapp = ["+917827486670"]
email = ["help@shop.example"]
[[agents]]
id = 101
email = "asha@shop.example"
name = "Asha"
online = true
[[agents]]
id = 102
email = "bilal@shop.example"
name = "Bilal"
online = true
[[agents]]
id = 103
email = "chen@shop.example"
name = "Chen"
online = true
max_open = 1
[[agents]]
id = 104
email = "dora@shop.example"
name = "Dora"
online = false
[[agents]]
id = 105
email = "emeka@shop.example"
name = "Emeka"
online = true
[[agents]]
id = 106
email = "farid@shop.example"
name = "Farid"
online = true
[[teams]]
id = 31
name = "Returns"
members = ["bilal@shop.example", "emeka@shop.example"]
[[rules]]
name = "Refunds go to Returns"
when = { words = ["refund", "money back"] }
then = { team = "Returns" }
[[customers]]
id = "5233549"
name = "Test"
"#;

/// The store with a policy, and with another limit or presence for somebody.
fn shop(policy: &str, changes: &[(&str, &str)]) -> Desk {
    let mut text = SHOP.replace("POLICY", policy);
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    Desk::on(Rota::of_text("shop", &text))
}

fn ask(desk: &Desk, title: &str) -> i64 {
    let mut body = tasks();
    body["taskTitle"] = json!(title);
    desk.rota.create(&body).id()
}

/// The first decision on a ticket, and what it waits for.
fn why(desk: &Desk, ticket: i64) -> (Value, Value) {
    let why = desk.get(&format!("/v1/tickets/{ticket}/why")).json();
    let decisions = why["decisions"].as_array().expect("decisions");
    (decisions.last().expect("its creation").clone(), why["waitsFor"].clone())
}

/// A picture that is not what the server tells now is written beside, to be looked at and taken over.
#[track_caller]
fn is_drawn(name: &str, drawn: &str) {
    let path = root().join("docs/pictures").join(format!("{name}.svg"));
    let known = fs::read_to_string(&path).unwrap_or_default();
    let new = path.with_extension("svg.new");
    if known == drawn {
        let _ = fs::remove_file(&new);
        return;
    }
    fs::create_dir_all(path.parent().expect("a folder")).expect("the folder is made");
    fs::write(&new, drawn).expect("the picture is written");
    panic!(
        "docs/pictures/{name}.svg is not what the server tells; look at {}, and take it over",
        new.display()
    );
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_default()
}

/// What the pictures have in common: light and dark by themselves.
fn svg(width: u32, height: u32, title: &str, inner: &str) -> String {
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img" aria-label="{title}">
<style>
text {{ font: 14px system-ui, sans-serif; fill: #1f2328; text-anchor: middle }}
.small {{ font-size: 12px; fill: #59636e }}
.left {{ text-anchor: start }}
.box {{ fill: #f6f8fa; stroke: #d1d9e0 }}
.seat {{ fill: #f6f8fa; stroke: #818b98; stroke-width: 1.5 }}
.chosen {{ fill: #dafbe1; stroke: #1a7f37; stroke-width: 2.5 }}
.line {{ fill: none; stroke: #1a7f37; stroke-width: 2.5 }}
.next {{ fill: none; stroke: #818b98; stroke-width: 2; stroke-dasharray: 3 5 }}
.bar {{ fill: #afb8c1 }}
.least {{ fill: #4ac26b }}
@media (prefers-color-scheme: dark) {{
text {{ fill: #f0f6fc }}
.small {{ fill: #9198a1 }}
.box, .seat {{ fill: #151b23; stroke: #3d444d }}
.chosen {{ fill: #12261e; stroke: #3fb950 }}
.line {{ stroke: #3fb950 }}
}}
</style>
<defs><marker id="tip" viewBox="0 0 8 8" refX="6" refY="4" markerWidth="7" markerHeight="7" orient="auto"><path d="M0 0L8 4L0 8z" fill="#818b98"/></marker></defs>
{inner}</svg>
"##
    )
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

/// A text in lines of at most so many characters.
fn wrapped(text: &str, most: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is a line");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= most {
            line.push(' ');
            line.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

fn lines(svg: &mut String, class: &str, x: f64, y: f64, texts: &[String]) {
    for (text, line) in texts.iter().zip(0..) {
        let y = y + f64::from(line) * 18.0;
        writeln!(svg, r#"<text class="{class}" x="{x:.0}" y="{y:.0}">{}</text>"#, escaped(text))
            .expect("a text grows");
    }
}

/// What stands beside a seat.
fn state(seat: &Value) -> String {
    match seat["reason"].as_str().expect("a reason") {
        "chosen" => "gets it".to_owned(),
        "at_limit" => format!("{} of {} open", seat["open"], seat["limit"]),
        "not_their_turn" => String::new(),
        other => other.replace('_', " "),
    }
}

/// The ring of all agents: an arc from the last one over those passed to the chosen, and dotted to who is next.
fn ring(decision: &Value, people: &[(i64, &str)], next: i64) -> String {
    let (centre, radius, from) =
        ((330.0, 220.0), 110.0, decision["turnBefore"].as_i64().expect("somebody was last"));
    let angle = |id: i64| {
        let place = people.iter().position(|(known, _)| *known == id).expect("one of them");
        (place as f64 / people.len() as f64 - 0.25) * std::f64::consts::TAU
    };
    let at = |angle: f64, radius: f64| (centre.0 + radius * angle.cos(), centre.1 + radius * angle.sin());
    let chosen = decision["chosen"].as_i64().expect("somebody was chosen");
    let arc = |begin: i64, end: i64, class: &str| {
        let (gap, radius) = (0.24, radius - 34.0);
        let (a, b) = (
            angle(begin) + gap,
            angle(end) - gap + if angle(end) < angle(begin) { std::f64::consts::TAU } else { 0.0 },
        );
        let ((x, y), (u, v)) = (at(a, radius), at(b, radius));
        let large = u8::from(b - a > std::f64::consts::PI);
        format!(
            "<path class=\"{class}\" marker-end=\"url(#tip)\" d=\"M{x:.1} {y:.1}A{radius} {radius} 0 {large} 1 {u:.1} {v:.1}\"/>\n"
        )
    };
    let mut inner = arc(from, chosen, "line") + &arc(chosen, next, "next");
    for (id, name) in people {
        let (x, y) = at(angle(*id), radius);
        let seat = decision["seats"].as_array().expect("seats").iter().find(|seat| seat["agentId"] == *id);
        let class = if *id == chosen { "chosen" } else { "seat" };
        writeln!(inner, "<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"24\"/>")
            .expect("a text grows");
        lines(&mut inner, "", x, y + 5.0, &[name[..1].to_owned()]);
        let word = match seat {
            Some(seat) => state(seat),
            None if *id == from => "the last one".to_owned(),
            None if *id == next => "next".to_owned(),
            None => String::new(),
        };
        let (lx, ly) = at(angle(*id), radius + 84.0);
        lines(&mut inner, "", lx, ly, &[(*name).to_owned()]);
        lines(&mut inner, "small", lx, ly + 16.0, &[word]);
    }
    lines(&mut inner, "", 330.0, 462.0, &wrapped(decision["text"].as_str().expect("a text"), 84));
    svg(660, 496, "Whose turn it is", &inner)
}

/// Bars of open tickets of the seats that a balanced decision looked at.
fn bars(decision: &Value) -> String {
    let seats = decision["seats"].as_array().expect("seats");
    let mut inner = String::new();
    for (seat, place) in seats.iter().zip(0..) {
        let x = 330.0 - (seats.len() as f64 - 1.0) * 60.0 + f64::from(place) * 120.0;
        let open = number(&seat["open"]);
        let (top, height) = (120.0 - open * 40.0 - 4.0, open * 40.0 + 4.0);
        let class = if seat["reason"] == "chosen" { "least" } else { "bar" };
        writeln!(inner, "<rect class=\"{class}\" x=\"{:.0}\" y=\"{top:.0}\" width=\"64\" height=\"{height:.0}\" rx=\"3\"/>", x - 32.0)
            .expect("a text grows");
        lines(&mut inner, "", x, top - 8.0, &[seat["open"].to_string()]);
        lines(&mut inner, "", x, 142.0, &[seat["name"].as_str().expect("a name").to_owned()]);
        lines(&mut inner, "small", x, 160.0, &[state(seat)]);
    }
    lines(&mut inner, "", 330.0, 196.0, &wrapped(decision["text"].as_str().expect("a text"), 84));
    svg(660, 230, "Balanced by open tickets", &inner)
}

/// Boxes from left to right, each with a heading and what it came to.
fn path(boxes: &[(&str, String)], below: &[String]) -> String {
    let width = 660.0 / boxes.len() as f64;
    let mut inner = String::new();
    for ((heading, text), place) in boxes.iter().zip(0..) {
        let x = f64::from(place) * width + 6.0;
        writeln!(
            inner,
            "<rect class=\"box\" x=\"{x:.0}\" y=\"10\" width=\"{:.0}\" height=\"126\" rx=\"8\"/>",
            width - 24.0
        )
        .expect("a text grows");
        lines(&mut inner, "small", x + (width - 24.0) / 2.0, 32.0, &[(*heading).to_owned()]);
        let most = ((width - 30.0) / 7.6) as usize;
        lines(&mut inner, "", x + (width - 24.0) / 2.0, 58.0, &wrapped(text, most));
        if place > 0 {
            let (a, b) = (x - 18.0, x - 4.0);
            writeln!(inner, "<path class=\"next\" marker-end=\"url(#tip)\" d=\"M{a:.0} 73L{b:.0} 73\"/>")
                .expect("a text grows");
        }
    }
    lines(&mut inner, "left", 12.0, 166.0, below);
    svg(660, 160 + 18 * u32::try_from(below.len()).expect("a few lines") + 10, "The way of a ticket", &inner)
}

const PEOPLE: [(i64, &str); 6] =
    [(101, "Asha"), (102, "Bilal"), (103, "Chen"), (104, "Dora"), (105, "Emeka"), (106, "Farid")];

#[test]
fn the_ring_is_that_of_a_real_turn() {
    let desk = shop("round_robin", &[]);
    // Asha, Bilal, Chen (who is full now), Emeka, Farid, Asha, Bilal: then over Chen and Dora to Emeka.
    let asked: Vec<i64> = (0..8).map(|_| ask(&desk, "Where is my order?")).collect();
    let (decision, _) = why(&desk, asked[7]);
    let floor = desk.get("/v1/floor").json();
    let next = floor["pools"][0]["nextAgentId"].as_i64().expect("somebody is next");
    is_drawn("ring", &ring(&decision, &PEOPLE, next));
}

#[test]
fn the_bars_are_those_of_a_real_decision() {
    let desk = shop("balanced", &[("max_open = 1\n", "")]);
    for agent in ["asha", "asha", "bilal", "bilal", "chen", "emeka", "emeka", "farid", "farid", "farid"] {
        let mut body = tasks();
        body["assignmentType"] = json!("SPECIFIC_AGENT");
        body["agentMail"] = json!(format!("{agent}@shop.example"));
        assert_eq!(desk.rota.create(&body).status, 200);
    }
    let (decision, _) = why(&desk, ask(&desk, "Where is my order?"));
    is_drawn("balanced", &bars(&decision));
}

#[test]
fn the_path_is_that_of_a_real_rule() {
    let desk = shop("round_robin", &[]);
    let (decision, _) = why(&desk, ask(&desk, "I want my money back"));
    let rule = &decision["rule"];
    let on = &rule["matched"][0];
    let boxes = [
        ("asked for", "nobody".to_owned()),
        (
            "rules",
            format!(
                "{} ({} “{}”)",
                rule["name"].as_str().unwrap(),
                on["what"].as_str().unwrap(),
                on["value"].as_str().unwrap()
            ),
        ),
        ("sticky agent", "not asked: the rule names a team".to_owned()),
        (
            "pool",
            format!(
                "team {}, {}",
                decision["pool"]["name"].as_str().unwrap(),
                decision["policy"].as_str().unwrap().replace('_', " ")
            ),
        ),
        (
            "outcome",
            format!(
                "{}: {}",
                decision["outcome"].as_str().unwrap(),
                decision["seats"][0]["name"].as_str().unwrap()
            ),
        ),
    ];
    is_drawn("path", &path(&boxes, &wrapped(decision["text"].as_str().unwrap(), 80)));
}

#[test]
fn what_a_ticket_waits_for_is_that_of_a_real_one() {
    let gone = "name = \"Returns\"\nmembers = [\"chen@shop.example\", \"dora@shop.example\"]";
    let known = "name = \"Returns\"\nmembers = [\"bilal@shop.example\", \"emeka@shop.example\"]";
    let desk = shop("round_robin", &[(known, gone)]);
    ask(&desk, "refund");
    let (decision, waits) = why(&desk, ask(&desk, "refund"));
    let boxes = [
        ("asked for", "nobody".to_owned()),
        ("rules", decision["rule"]["name"].as_str().unwrap().to_owned()),
        ("pool", format!("team {}", decision["pool"]["name"].as_str().unwrap())),
        ("outcome", decision["outcome"].as_str().unwrap().to_owned()),
    ];
    let mut below = wrapped(decision["text"].as_str().unwrap(), 80);
    below
        .extend(waits["text"].as_array().unwrap().iter().map(|line| format!("· {}", line.as_str().unwrap())));
    is_drawn("waiting", &path(&boxes, &below));
}
