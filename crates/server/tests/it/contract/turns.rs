//! Round robin: whose turn it is, pool by pool.

use crate::harness::bodies::{for_agent, for_team};
use crate::harness::load::IN_EFFECT;
use crate::harness::{Agent, Rota, STORE, StoreFile, Team, tasks, until};

fn turns(rota: &Rota, count: usize) -> Vec<i64> {
    (0..count).map(|_| rota.assigned(&tasks()).expect("somebody is eligible")).collect()
}

/// Waits until the next turn would be this agent's.
#[track_caller]
fn until_next_is(rota: &Rota, agent: i64) {
    until(IN_EFFECT, || (rota.dry_run(&tasks()).agent() == Some(agent)).then_some(()));
}

#[test]
fn turns_go_in_the_order_of_agent_ids_and_wrap_around() {
    // The file's order is another one.
    let rota = Rota::with(StoreFile::default().agents([2, 0, 3, 1].map(Agent::online)));
    assert_eq!(turns(&rota, 10), [100, 101, 102, 103, 100, 101, 102, 103, 100, 101]);
}

#[test]
fn one_agent_alone_gets_every_ticket() {
    let rota = Rota::with(StoreFile::default().agents([Agent::online(5)]).teams([]));
    assert_eq!(turns(&rota, 3), [105, 105, 105]);
}

#[test]
fn an_offline_agent_is_passed_over() {
    let agents = [Agent::offline(0), Agent::online(1), Agent::offline(2), Agent::online(3)];
    let rota = Rota::with(StoreFile::default().agents(agents));
    assert_eq!(turns(&rota, 5), [101, 103, 101, 103, 101]);
}

#[test]
fn explicit_assignments_do_not_move_the_turn() {
    let rota = Rota::start();
    assert_eq!(turns(&rota, 1), [100]);
    for mail in ["agent2@shop.example", "agent1@shop.example", "agent0@shop.example"] {
        rota.create(&for_agent(mail));
    }
    assert_eq!(turns(&rota, 2), [101, 102]);
    rota.create(&for_agent("agent0@shop.example"));
    assert_eq!(turns(&rota, 1), [100]);
}

#[test]
fn each_pool_has_a_turn_of_its_own() {
    let teams = [Team::new(31, "Returns", &[0, 1]), Team::new(32, "Sales", &[1, 2])];
    let rota = Rota::with(StoreFile::default().teams(teams));
    let mut given = Vec::new();
    for body in
        [for_team(32), tasks(), for_team(31), for_team(32), tasks(), for_team(31), for_team(32), tasks()]
    {
        given.push(rota.assigned(&body).unwrap());
    }
    assert_eq!(given, [101, 100, 100, 102, 101, 101, 101, 102]);
}

#[test]
fn who_goes_offline_is_passed_over_and_who_comes_back_takes_the_place_in_the_ring_again() {
    let rota = Rota::start();
    assert_eq!(turns(&rota, 1), [100]);
    rota.cli(&["agent", "offline", "--store", STORE, "agent1@shop.example"]).succeeded();
    until_next_is(&rota, 102);
    assert_eq!(turns(&rota, 2), [102, 100]);
    rota.cli(&["agent", "online", "--store", STORE, "agent1@shop.example"]).succeeded();
    until_next_is(&rota, 101);
    assert_eq!(turns(&rota, 4), [101, 102, 100, 101]);
}

#[test]
fn the_turn_goes_on_after_the_last_one_assigned_even_when_that_one_is_gone() {
    let rota = Rota::start();
    assert_eq!(turns(&rota, 2), [100, 101]);
    rota.cli(&["agent", "offline", "--store", STORE, "AGENT1@shop.example"]).succeeded();
    until_next_is(&rota, 102);
    assert_eq!(turns(&rota, 2), [102, 100]);
    until_next_is(&rota, 102);
    assert_eq!(turns(&rota, 1), [102]);
}

#[test]
fn an_agent_added_later_joins_the_ring_in_id_order() {
    let file = StoreFile::default().agents([0, 2].map(Agent::online)).teams([]);
    let rota = Rota::with(file.clone());
    assert_eq!(turns(&rota, 1), [100]);
    rota.apply(&file.agents([0, 1, 2].map(Agent::online))).succeeded();
    until_next_is(&rota, 101);
    assert_eq!(turns(&rota, 4), [101, 102, 100, 101]);
}

#[test]
fn the_turn_outlives_the_server() {
    let mut rota = Rota::start();
    assert_eq!(turns(&rota, 2), [100, 101]);
    rota.kill();
    rota.restart();
    assert_eq!(turns(&rota, 2), [102, 100]);
    assert!(rota.terminate().success());
    rota.restart();
    assert_eq!(turns(&rota, 2), [101, 102]);
}
