//! `apply`: idempotent, all or nothing, and a dry run.

use crate::harness::bodies::for_agent;
use crate::harness::load::IN_EFFECT;
use crate::harness::{Agent, Rota, STORE, StoreFile, Team, tasks, until};

#[test]
fn the_documented_store_file_is_accepted() {
    let rota = Rota::empty();
    let text = r#"
[store]
id = "p60HYv5wjgQaOrPdqT5NjbpkroD2"
name = "Shop"
timezone = "Asia/Kolkata"         # UTC
[assignment]
policy = "round_robin"            # or "unassigned"
dedupe_window = "0s"
[channels]
whatsapp = ["+917827486670"]
email = ["care@shop.example"]
[[agents]]
id = 100
email = "agent0@shop.example"
name = "Agent 0"
role = "agent"
online = true
max_open = 20
[[teams]]
id = 31
name = "Returns"
policy = "round_robin"
members = ["agent0@shop.example"]
hours = { mon = ["09:00-18:00"], sat = ["10:00-14:00"] }
[[labels]]
id = 7
name = "refund"
[[customers]]
id = "5233549"
name = "Asha"
phone = "+918095495490"
email = "asha@example.com"
"#;
    rota.apply_text(text, &[]).succeeded().tells(&["agent0@shop.example"]);
    rota.cli(&["agent", "list", "--store", STORE]).succeeded().tells(&["agent0@shop.example", "100"]);
}

#[test]
fn only_what_is_required_has_to_be_there() {
    let rota = Rota::empty();
    let text = "[store]\nid = \"s\"\nname = \"S\"\n[[agents]]\nemail = \"a@s.example\"\nname = \"A\"\n";
    rota.apply_text(text, &[]).succeeded();
    let listed = rota.cli(&["agent", "list", "--store", "s"]).succeeded();
    assert!(listed.stdout.contains("a@s.example"), "{listed}");
}

#[test]
fn one_of_a_kind_is_told_in_the_singular() {
    let rota = Rota::prepared(StoreFile::default());
    let file = StoreFile::default().teams([Team::new(31, "Returns", &[0])]);
    let told = rota.apply(&file).succeeded();
    assert_eq!(told.stdout, "~ team 31 Returns (1 member)\n1 change\n");
}

#[test]
fn applying_the_same_file_again_changes_nothing_and_says_so() {
    let rota = Rota::empty();
    let file = StoreFile::default();
    let first = rota.apply(&file).succeeded();
    assert!(first.stdout.contains("agent0@shop.example"), "{first}");
    let agents = rota.cli(&["agent", "list", "--store", STORE]).succeeded().stdout;
    for _ in 0..2 {
        let again = rota.apply(&file).succeeded();
        assert!(!again.stdout.contains("agent0@shop.example"), "{again}");
        assert_ne!(again.stdout, first.stdout);
        assert_eq!(rota.cli(&["agent", "list", "--store", STORE]).succeeded().stdout, agents);
    }
}

#[test]
fn a_dry_run_tells_what_would_change_and_changes_nothing() {
    let rota = Rota::prepared(StoreFile::default());
    let more = StoreFile::default().agents((0..4).map(Agent::online));
    let told = rota.apply_with(&more, &["--dry-run"]).succeeded();
    assert!(told.stdout.contains("agent3@shop.example"), "{told}");
    let listed = rota.cli(&["agent", "list", "--store", STORE]).succeeded();
    assert!(!listed.stdout.contains("agent3@shop.example"), "{listed}");
    let real = rota.apply(&more).succeeded();
    assert!(real.stdout.contains("agent3@shop.example"), "{real}");
    let listed = rota.cli(&["agent", "list", "--store", STORE]).succeeded();
    assert!(listed.stdout.contains("agent3@shop.example"), "{listed}");
}

#[test]
fn a_changed_file_is_in_effect_on_the_running_server_soon() {
    let rota = Rota::start();
    rota.dry_run(&for_agent("agent7@shop.example")).refuses(&["agentMail"]);
    let file = StoreFile::default().agents([0, 1, 2, 7].map(Agent::online));
    rota.apply(&file).succeeded();
    let agent = until(IN_EFFECT, || {
        let response = rota.dry_run(&for_agent("agent7@shop.example"));
        (response.status == 200).then(|| response.agent())
    });
    assert_eq!(agent, Some(107));
    rota.apply(&file.policy("unassigned")).succeeded();
    until(IN_EFFECT, || rota.dry_run(&tasks()).agent().is_none().then_some(()));
}

#[test]
fn online_in_the_file_is_only_the_first_value() {
    let rota = Rota::prepared(StoreFile::default());
    rota.cli(&["agent", "offline", "--store", STORE, "agent0@shop.example"]).succeeded();
    rota.apply(&StoreFile::default()).succeeded();
    let file = StoreFile::default().agents([Agent::online(0), Agent::offline(1), Agent::online(2)]);
    rota.apply(&file).succeeded();
    let mut rota = rota;
    rota.restart();
    let given = [rota.assigned(&tasks()), rota.assigned(&tasks()), rota.assigned(&tasks())];
    assert_eq!(given, [Some(101), Some(102), Some(101)]);
}

#[test]
fn ids_left_out_are_given_kept_and_never_given_again() {
    let nameless = |numbers: &[i64]| {
        let agents = numbers.iter().map(|number| Agent { id: None, ..Agent::online(*number) });
        StoreFile::default().agents(agents).teams([])
    };
    let rota = Rota::with(nameless(&[5, 6]));
    let id_of = |number: i64| {
        let body = for_agent(&format!("agent{number}@shop.example"));
        until(IN_EFFECT, || {
            let response = rota.dry_run(&body);
            (response.status == 200).then(|| response.agent().unwrap())
        })
    };
    let (five, six) = (id_of(5), id_of(6));
    rota.apply(&nameless(&[6, 5])).succeeded();
    assert_eq!((id_of(5), id_of(6)), (five, six));
    rota.apply_with(&nameless(&[5]), &["--yes"]).succeeded();
    rota.apply(&nameless(&[5, 7])).succeeded();
    let seven = id_of(7);
    assert!(seven != five && seven != six, "{five} {six} {seven}");
}

#[test]
fn a_section_left_out_is_left_alone() {
    let rota = Rota::start();
    let text = format!("[store]\nid = {STORE:?}\nname = \"Shop\"\n[[labels]]\nid = 9\nname = \"vip\"\n");
    rota.apply_text(&text, &["--yes"]).succeeded();
    let labelled = crate::harness::bodies::with(tasks(), "labelIds", vec![9]);
    until(IN_EFFECT, || (rota.dry_run(&labelled).status == 200).then_some(()));
    assert_eq!(rota.dry_run(&for_agent("agent2@shop.example")).agent(), Some(102));
    assert_eq!(rota.dry_run(&crate::harness::whatsapp()).status, 200);
    assert_eq!(rota.dry_run(&crate::harness::email()).status, 200);
    assert_eq!(rota.dry_run(&crate::harness::bodies::for_team(31)).team(), Some(31));
}

#[test]
fn a_file_that_is_wrong_in_one_place_changes_nothing_at_all() {
    let rota = Rota::prepared(StoreFile::default());
    let before = rota.cli(&["agent", "list", "--store", STORE]).succeeded().stdout;
    let more =
        StoreFile::default().agents((0..4).map(Agent::online)).teams([Team::new(31, "Returns", &[99])]);
    rota.apply(&more).failed().tells(&["members", "agent99@shop.example"]);
    assert_eq!(rota.cli(&["agent", "list", "--store", STORE]).succeeded().stdout, before);
    let other = Rota::empty();
    other.apply(&more).failed();
    other.cli(&["agent", "list", "--store", STORE]).failed();
}

#[test]
fn a_file_that_is_not_there_or_not_toml_is_told() {
    let rota = Rota::empty();
    rota.cli(&["apply", "no-such-file.toml"]).failed().tells(&["no-such-file.toml"]);
    rota.apply_text("[store]\nid = \"s\"\nname = \n", &[]).failed().tells_number(3);
    rota.apply_text("", &[]).failed().tells(&["store"]);
}
