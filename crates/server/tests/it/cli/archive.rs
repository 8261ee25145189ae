//! What a later file no longer has is archived; more than a tenth of a kind only with `--yes`.

use crate::harness::bodies::{for_agent, with};
use crate::harness::load::IN_EFFECT;
use crate::harness::{Agent, CUSTOMER, Rota, STORE, StoreFile, tasks, until};

fn people(count: i64) -> StoreFile {
    StoreFile::default().agents((0..count).map(Agent::online))
}

fn is_active(rota: &Rota, number: i64) -> bool {
    rota.dry_run(&for_agent(&format!("agent{number}@shop.example"))).status == 200
}

#[test]
fn up_to_a_tenth_is_archived_without_asking() {
    let rota = Rota::with(people(20));
    rota.apply(&people(18)).succeeded().tells(&["agent18@shop.example", "agent19@shop.example"]);
    until(IN_EFFECT, || (!is_active(&rota, 19)).then_some(()));
    assert!(!is_active(&rota, 18) && is_active(&rota, 17));
}

#[test]
fn more_than_a_tenth_asks_for_yes_and_changes_nothing_before() {
    let rota = Rota::with(people(20));
    let fewer = people(17).labels([7, 8, 9]);
    rota.apply(&fewer).failed().tells(&["--yes"]);
    assert!(is_active(&rota, 19));
    rota.dry_run(&with(tasks(), "labelIds", vec![9])).refuses(&["labelIds"]);
    rota.apply_with(&fewer, &["--yes"]).succeeded();
    until(IN_EFFECT, || (!is_active(&rota, 17)).then_some(()));
    assert!(is_active(&rota, 16));
}

#[test]
fn a_dry_run_lists_every_archiving() {
    let rota = Rota::prepared(people(20));
    let told = rota.apply_with(&people(15), &["--dry-run"]).succeeded();
    for number in 15..20 {
        assert!(told.stdout.contains(&format!("agent{number}@shop.example")), "{told}");
    }
    assert!(!told.stdout.contains("agent14@shop.example"), "{told}");
}

#[test]
fn tickets_keep_labels_that_were_archived_and_go_on_from_agents_who_were() {
    let rota = Rota::with(people(20));
    let body = with(for_agent("agent19@shop.example"), "labelIds", vec![8]);
    assert_eq!(rota.assigned(&body), Some(119));
    rota.apply_with(&people(19).labels([7]), &["--yes"]).succeeded();
    let ticket = rota.last_ticket();
    assert_eq!((&ticket["agentId"], &ticket["labelIds"]), (&100.into(), &vec![8].into()));
    rota.cli(&["check"]).succeeded();
    rota.cli(&["ticket", "show", "--store", STORE, "1"]).succeeded();
}

#[test]
fn an_archived_agent_takes_no_turns_and_comes_back_with_the_same_id() {
    let nameless = |count: i64| {
        let agents = (0..count).map(|number| Agent { id: None, ..Agent::online(number) });
        StoreFile::default().agents(agents).teams([])
    };
    let rota = Rota::with(nameless(3));
    let ids: Vec<_> = (0..3).map(|_| rota.assigned(&tasks()).unwrap()).collect();
    rota.apply_with(&nameless(2), &["--yes"]).succeeded();
    until(IN_EFFECT, || (!is_active(&rota, 2)).then_some(()));
    let given: Vec<_> = (0..4).map(|_| rota.assigned(&tasks()).unwrap()).collect();
    // The archived agent's ticket was the first one's turn.
    assert_eq!(given, [ids[1], ids[0], ids[1], ids[0]]);
    rota.apply(&nameless(3)).succeeded();
    until(IN_EFFECT, || is_active(&rota, 2).then_some(()));
    assert_eq!(rota.assigned(&for_agent("agent2@shop.example")), Some(ids[2]));
}

#[test]
fn rows_made_otherwise_are_never_touched() {
    let rota = Rota::start();
    let import = rota.file("more.csv", "id,phone,email\n77,+919090909077,ravi@example.com\n");
    rota.cli(&["customer", "import", "--store", STORE, &import]).succeeded();
    rota.apply_with(&StoreFile::default().customers(&["88"]), &["--yes"]).succeeded();
    let asked = |id: &str| rota.dry_run(&with(tasks(), "bikCustomerId", id)).status;
    until(IN_EFFECT, || (asked(CUSTOMER) == 400 && asked("88") == 200).then_some(()));
    assert_eq!(asked("77"), 200);
}
