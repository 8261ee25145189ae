//! 64 callers at once: gap-free numbers, strict turns in their order, and what was answered is what is stored.

use crate::harness::bodies::{for_agent, for_team, with_context};
use crate::harness::{Agent, Connection, Rota, StoreFile, at_once, tasks};
use serde_json::Value;
use std::collections::HashMap;

const CALLERS: usize = 64;
const EACH: usize = 25;

/// Numbers without gaps, in the order listed.
#[track_caller]
pub fn assert_gap_free(tickets: &[Value]) {
    for (place, ticket) in tickets.iter().enumerate() {
        assert_eq!(ticket["id"].as_u64(), u64::try_from(place + 1).ok(), "{ticket}");
    }
}

/// Agents 100, 101, … take turns strictly, beginning with the first.
#[track_caller]
pub fn assert_strict_turns<'a>(
    tickets: impl Iterator<Item = &'a Value>,
    agents: usize,
) -> HashMap<i64, usize> {
    let mut given = HashMap::new();
    for (turn, ticket) in tickets.enumerate() {
        let expected = 100 + i64::try_from(turn % agents).unwrap();
        assert_eq!(ticket["agentId"].as_i64(), Some(expected), "turn {turn}: {ticket}");
        *given.entry(expected).or_default() += 1;
    }
    given
}

#[test]
fn sixty_four_callers_get_strict_turns_and_gap_free_numbers() {
    // Seven doesn't divide the number of tickets, so the spread shows.
    let rota = Rota::with(StoreFile::default().agents((0..7).map(Agent::online)));
    let address = rota.address();
    let answers = at_once(CALLERS, |caller| {
        let mut connection = Connection::open(address);
        let call = |number| {
            let context = format!("{caller}-{number}");
            let response = connection.call(&rota.request().json(&with_context(&context)));
            (response.id(), (context, response.agent()))
        };
        (0..EACH).map(call).collect::<Vec<_>>()
    });
    let answered: HashMap<_, _> = answers.into_iter().flatten().collect();
    assert_eq!(answered.len(), CALLERS * EACH, "each answer has a number of its own");

    let tickets = rota.tickets();
    assert_eq!(tickets.len(), CALLERS * EACH);
    assert_gap_free(&tickets);
    let given = assert_strict_turns(tickets.iter(), 7);
    let (most, least) = (given.values().max().unwrap(), given.values().min().unwrap());
    assert!(most - least <= 1, "{given:?}");
    for ticket in &tickets {
        let (context, agent) = &answered[&ticket["id"].as_i64().unwrap()];
        assert_eq!(ticket["context"], context.as_str());
        assert_eq!(ticket["agentId"].as_i64(), *agent);
    }
    rota.cli(&["check"]).succeeded();
}

#[test]
fn each_pool_keeps_its_turns_under_mixed_load() {
    let rota = Rota::with(StoreFile::default().agents((0..5).map(Agent::online)));
    let address = rota.address();
    at_once(CALLERS, |caller| {
        let mut connection = Connection::open(address);
        for number in 0..12 {
            let body = match (caller + number) % 4 {
                0 => for_agent("agent4@shop.example"),
                1 => for_team(31),
                2 => serde_json::json!({}),
                _ => tasks(),
            };
            let refused = connection.call(&rota.request().json(&body)).status == 400;
            assert_eq!(refused, body.get("channel").is_none());
        }
    });
    let tickets = rota.tickets();
    assert_eq!(tickets.len(), CALLERS * 12 * 3 / 4);
    assert_gap_free(&tickets);
    let (team, rest): (Vec<_>, Vec<_>) = tickets.iter().partition(|ticket| ticket["teamId"] == 31);
    assert_strict_turns(team.into_iter(), 2);
    // An explicit assignment is known by its receipt: no policy was asked.
    let turns = rest.into_iter().filter(|ticket| ticket["receipt"]["policy"] == "round_robin");
    assert_strict_turns(turns, 5);
    rota.cli(&["check"]).succeeded();
}

#[test]
fn a_limit_holds_to_the_ticket_under_load() {
    let agents = [Agent::online(0).max_open(10), Agent::online(1).max_open(3)];
    let rota = Rota::with(StoreFile::default().agents(agents));
    let answers = at_once(CALLERS, |_| rota.create(&tasks()).agent());
    let count = |agent| answers.iter().filter(|answer| **answer == agent).count();
    assert_eq!((count(Some(100)), count(Some(101)), count(None)), (10, 3, CALLERS - 13));
}

#[test]
fn stores_under_load_do_not_mix() {
    let rota = Rota::start();
    rota.apply(&StoreFile::default().store("other").agents([Agent::online(8), Agent::online(9)]).teams([]))
        .succeeded();
    let tokens = [rota.token().to_owned(), rota.key_of("other", &[])];
    let address = rota.address();
    let answers = at_once(CALLERS, |caller| {
        let mut connection = Connection::open(address);
        let request = rota.request().authorization(&tokens[caller % 2]).json(&tasks());
        (0..10).map(|_| connection.call(&request).id()).collect::<Vec<_>>()
    });
    for store in 0..2 {
        let mut ids: Vec<i64> = answers.iter().skip(store).step_by(2).flatten().copied().collect();
        ids.sort_unstable();
        assert!(ids.iter().copied().eq(1..=i64::try_from(CALLERS * 5).unwrap()), "store {store}: {ids:?}");
    }
}
