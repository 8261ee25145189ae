use super::*;
use crate::access::Role;
use crate::address::PhoneNumber;
use crate::ids::{CustomerId, KeyId, LabelId, StoreId};
use crate::leave::Leaves;
use crate::roster::{Agent, Policy, Settings};
use jiff::tz::TimeZone;
use std::collections::{BTreeMap, HashSet};

fn roster(dedupe_seconds: u64) -> Roster {
    let agent = |id: i64| Agent {
        id: AgentId(id),
        name: format!("Agent {id}").into(),
        email_key: format!("agent{id}@shop.example").into(),
        role: Role::Agent,
        online: true,
        max_open: None,
        leave: Leaves::default(),
    };
    Roster::new(Settings {
        store: store(),
        version: 3,
        timezone: TimeZone::UTC,
        policy: Policy::RoundRobin,
        dedupe_window: Duration::from_secs(dedupe_seconds),
        agents: vec![agent(100), agent(101)],
        teams: Vec::new(),
        labels: HashSet::from([LabelId(7)]),
        brand_addresses: HashSet::from([(Channel::Whatsapp, "+917827486670".into())]),
        routing: crate::roster::Routing::default(),
        rules: Vec::new(),
        desk: crate::life::Settings::default(),
    })
}

fn store() -> StoreId {
    StoreId::new("s").unwrap()
}

fn call(key: Option<&str>, body: u8) -> Call {
    let number = || PhoneNumber::new("+917827486670").unwrap();
    Call {
        store: store(),
        by: KeyId::new("k").unwrap(),
        idempotency_key: key.map(Into::into),
        body_hash: [body; 32],
        request: Ok(TicketRequest {
            customer: CustomerId::new("5233549").unwrap(),
            contact: Contact::Whatsapp { brand: number(), customer: Some(number()) },
            labels: vec![LabelId(7)],
            target: Target::AllAgents,
            context: None,
        }),
        dry_run: false,
        rules: None,
    }
}

fn facts() -> Facts {
    Facts { customers: HashSet::from([CustomerId::new("5233549").unwrap()]), ..Facts::default() }
}

fn run(roster: &Roster, facts: Facts, calls: &[Call]) -> Plan {
    let routing = Routing { roster_version: 3, next_ticket: 1, next_event: 1, pools: BTreeMap::new() };
    let calls: Vec<&Call> = calls.iter().collect();
    plan(roster, routing, BTreeSet::new(), facts, &calls, Timestamp::UNIX_EPOCH)
}

fn told(answer: &Answer) -> String {
    match answer {
        Answer::Created(created, _) => format!("created {} {}", created.id, created.agent_id.unwrap()),
        Answer::Replayed(created) => format!("replayed {}", created.id),
        Answer::KeyReused => "reused".into(),
        Answer::Invalid(problems) => problems.iter().map(|p| p.field).collect::<Vec<_>>().join(" "),
        Answer::DryRun(created, _) => format!("dry {} {}", created.id, created.agent_id.unwrap()),
    }
}

fn all_told(plan: &Plan) -> Vec<String> {
    plan.answers.iter().map(told).collect()
}

#[test]
fn calls_get_consecutive_ids_and_take_turns_in_their_order() {
    let plan = run(&roster(0), facts(), &[call(None, 1), call(None, 1), call(None, 1)]);
    assert_eq!(all_told(&plan), ["created 1 100", "created 2 101", "created 3 100"]);
    let writes = plan.writes.unwrap();
    assert_eq!(writes.routing.next_ticket, 4);
    assert_eq!(writes.loads, HashMap::from([(AgentId(100), 2), (AgentId(101), 1)]));
}

#[test]
fn a_bad_call_fails_alone_and_takes_neither_number_nor_turn() {
    let mut bad = call(None, 2);
    bad.request.as_mut().unwrap().labels = vec![LabelId(9)];
    bad.request.as_mut().unwrap().target = Target::Agent("nobody@shop.example".into());
    let plan = run(&roster(0), facts(), &[call(None, 1), bad, call(None, 3)]);
    assert_eq!(all_told(&plan), ["created 1 100", "labelIds agentMail", "created 2 101"]);
}

#[test]
fn a_repeat_in_the_same_batch_replays_and_other_bytes_are_refused_even_invalid_ones() {
    let mut invalid = call(Some("a"), 2);
    invalid.request = Err(Problems::one("body", "is not valid JSON"));
    let calls = [call(Some("a"), 1), call(Some("a"), 1), invalid, call(Some("b"), 1)];
    let plan = run(&roster(0), facts(), &calls);
    assert_eq!(all_told(&plan), ["created 1 100", "replayed 1", "reused", "created 2 101"]);
    assert_eq!(plan.writes.unwrap().records.len(), 2);
}

#[test]
fn when_the_first_of_several_fails_the_next_one_runs() {
    let mut failing = call(Some("a"), 1);
    failing.request = Err(Problems::one("Content-Type", "must be application/json"));
    let plan = run(&roster(0), facts(), &[failing, call(Some("a"), 1)]);
    assert_eq!(all_told(&plan), ["Content-Type", "created 1 100"]);
}

#[test]
fn a_record_replays_until_its_time_is_over() {
    let answer = Created {
        id: TicketId(77),
        customer_id: CustomerId::new("5233549").unwrap(),
        store_id: store(),
        agent_id: None,
        team_id: None,
        channel_name: Channel::Whatsapp,
    };
    for (expires, expected) in [(1, "replayed 77"), (0, "created 1 100")] {
        let expires_at = Timestamp::from_second(expires).unwrap();
        let key = RecordKey { caller: "".into(), key: "a".into() };
        let record = Record { body_hash: [1; 32], answer: answer.clone(), expires_at };
        let facts = Facts { records: HashMap::from([(key, record)]), ..facts() };
        assert_eq!(all_told(&run(&roster(0), facts, &[call(Some("a"), 1)])), [expected]);
    }
}

#[test]
fn the_dedupe_window_replays_the_same_bytes_of_the_same_key_without_the_header() {
    let mut other = call(None, 1);
    other.by = KeyId::new("other").unwrap();
    let calls = [call(None, 1), call(None, 1), call(None, 2), other, call(Some("x"), 1)];
    let plan = run(&roster(60), facts(), &calls);
    assert_eq!(
        all_told(&plan),
        ["created 1 100", "replayed 1", "created 2 101", "created 3 100", "created 4 101"]
    );
}

#[test]
fn a_dry_run_decides_the_same_and_leaves_nothing() {
    let mut dry = call(Some("a"), 1);
    dry.dry_run = true;
    let plan = run(&roster(60), facts(), &[dry, call(Some("a"), 1)]);
    assert_eq!(all_told(&plan), ["dry 0 100", "created 1 100"]);
    let mut dry = call(None, 1);
    dry.dry_run = true;
    assert!(run(&roster(60), facts(), &[dry]).writes.is_none());
}
