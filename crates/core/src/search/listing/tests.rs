use super::*;
use crate::ids::{AgentId, CustomerId, LabelId, StageId, TeamId};
use crate::life::desk::{CLOSE, Desk, TEAM, agent, give, give_into, labels, lead};
use crate::life::{Command, Priority};
use crate::search::{AgentIs, Candidate, Looker, Standing, TeamIs};
use crate::ticket::{Channel, Pool};
use proptest::prelude::*;

fn candidate(desk: &Desk) -> Candidate {
    let ticket = desk.ticket(1).clone();
    Candidate { ticket, channel: Channel::Email, changed: 1, mentioned: false, customer: None, worded: false }
}

fn looks(agent: i64) -> Looker {
    Looker { agent: Some(AgentId(agent)), ..Looker::default() }
}

fn told(parameters: &[(&str, &str)]) -> Vec<(&'static str, String)> {
    let problems = Listing::parse(parameters.iter().copied()).unwrap_err();
    problems.iter().map(|problem| (problem.field, problem.detail.to_string())).collect()
}

#[test]
fn a_list_without_parameters_shows_the_newest_fifty() {
    let listing = Listing::parse([]).unwrap();
    assert_eq!((listing.sort, listing.limit, listing.after), (Sort::Newest, 50, None));
    assert_eq!((listing.query, listing.filter), (None, Filter::default()));
}

#[test]
fn a_search_shows_the_best_first_unless_another_order_is_asked_for() {
    let sort = |parameters: &[(&str, &str)]| Listing::parse(parameters.iter().copied()).unwrap().sort;
    assert_eq!(sort(&[("q", "asha")]), Sort::Match);
    assert_eq!(sort(&[("q", "asha"), ("sort", "oldest")]), Sort::Oldest);
    assert_eq!(told(&[("sort", "match")]), [("sort", "match needs q".into())]);
}

#[test]
fn everything_wrong_is_told_at_once_each_under_its_name() {
    let wrong = [
        ("state", "asleep"),
        ("stage", "x"),
        ("channel", "fax"),
        ("agent", "asha"),
        ("team", "me"),
        ("mentioned", "you"),
        ("label", "+1"),
        ("priority", "9"),
        ("customer", ""),
        ("olderThan", "1w"),
        ("youngerThan", ""),
        ("limit", "101"),
        ("sort", "size"),
        ("cursor", "?"),
        ("q", " "),
        ("lable", "1"),
    ];
    let fields: Vec<_> = told(&wrong).into_iter().map(|(field, _)| field).collect();
    for (name, _) in wrong.iter().filter(|(name, _)| *name != "lable") {
        assert!(fields.contains(name), "{name}");
    }
    assert!(told(&wrong).contains(&("query", "\"lable\" is no parameter of this list".into())));
    assert_eq!(fields.len(), wrong.len());
}

#[test]
fn only_a_label_may_come_repeatedly() {
    assert_eq!(told(&[("team", "1"), ("team", "2")]), [("team", "comes twice".into())]);
    assert_eq!(told(&[("limit", "1"), ("limit", "2")]), [("limit", "comes twice".into())]);
    let listing = Listing::parse([("label", "1"), ("label", "2"), ("label", "1")]).unwrap();
    assert_eq!(listing.filter.labels, [LabelId(1), LabelId(2)].into());
}

#[test]
fn a_filter_shows_the_tickets_that_meet_all_its_conditions() {
    let mut desk = Desk::new(1);
    desk.done(&lead(), 1, &give(2));
    desk.done(&lead(), 1, &labels(&[1, 2], &[]));
    desk.later(3600);
    let shows = |desk: &Desk, query: &str| {
        let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
        let filter = Listing::parse(parameters).unwrap().filter;
        filter.shows(&candidate(desk), &looks(2), desk.now)
    };
    for query in ["", "state=open", "state=owned&agent=2", "agent=me&label=1&label=2", "team=none", "stage=1"]
    {
        assert!(shows(&desk, query), "{query}");
    }
    for query in ["channel=email&priority=normal&customer=c", "olderThan=1h", "olderThan=59m&youngerThan=61m"]
    {
        assert!(shows(&desk, query), "{query}");
    }
    for query in ["state=waiting", "state=unclaimed", "state=closed", "agent=none", "agent=1", "team=1"] {
        assert!(!shows(&desk, query), "{query}");
    }
    for query in ["label=3", "label=1&label=3", "stage=2", "channel=tasks", "priority=high", "customer=d"] {
        assert!(!shows(&desk, query), "{query}");
    }
    for query in ["olderThan=61m", "youngerThan=1h", "youngerThan=59m"] {
        assert!(!shows(&desk, query), "{query}");
    }
    desk.done(&agent(2), 1, &CLOSE);
    assert!(shows(&desk, "state=closed&agent=me") && !shows(&desk, "state=owned"));
    desk.done(&lead(), 1, &Command::SetPriority(Priority::High));
    assert!(shows(&desk, "priority=high"));
}

#[test]
fn a_ticket_is_younger_than_an_hour_until_the_hour_is_full() {
    let mut desk = Desk::new(1);
    let filter = Listing::parse([("youngerThan", "1h")]).unwrap().filter;
    desk.later(3600);
    let shows = |ago| filter.shows(&candidate(&desk), &Looker::default(), ago);
    assert!(!shows(desk.now));
    assert!(shows(desk.now - std::time::Duration::from_millis(1)));
}

#[test]
fn a_key_has_no_tickets_of_its_own() {
    let desk = Desk::new(1);
    let filter = Listing::parse([("agent", "me")]).unwrap().filter;
    assert!(!filter.shows(&candidate(&desk), &Looker::default(), desk.now), "not even nobody's");
}

#[test]
fn mine_are_the_teams_of_who_looks_and_me_is_who_was_mentioned() {
    let mut desk = Desk::new(1);
    desk.done(&lead(), 1, &give_into(Pool::Team(TEAM)));
    let shows = |query: &str, looker: &Looker, mentioned| {
        let parameters = query.split('&').filter_map(|pair| pair.split_once('='));
        let filter = Listing::parse(parameters).unwrap().filter;
        filter.shows(&Candidate { mentioned, ..candidate(&desk) }, looker, desk.now)
    };
    let member = Looker { teams: [TEAM].into(), ..looks(1) };
    assert!(shows("team=mine", &member, false) && !shows("team=mine", &looks(2), false));
    assert!(shows("mentioned=me", &looks(2), true) && !shows("mentioned=me", &looks(2), false));
}

fn filter() -> impl Strategy<Value = Filter> {
    let id = || 0..i64::MAX;
    let age = || prop::option::of((0..3650_u32).prop_map(|days| format!("{days}d").parse().unwrap()));
    let agent = prop_oneof![
        Just(AgentIs::Me),
        Just(AgentIs::Nobody),
        id().prop_map(|id| AgentIs::Agent(AgentId(id)))
    ];
    let team =
        prop_oneof![Just(TeamIs::None), Just(TeamIs::Mine), id().prop_map(|id| TeamIs::Team(TeamId(id)))];
    let whose = (prop::option::of(agent), prop::option::of(team), prop::option::of("[^\0]{1,20}"));
    let standing = prop::option::of(prop::sample::select(Standing::ALL.to_vec()));
    let priority = prop::option::of(prop::sample::select(Priority::ALL.to_vec()));
    let channel = prop::option::of(prop::sample::select(vec![Channel::Whatsapp, Channel::Email]));
    let what = (standing, prop::option::of(id()), priority, channel);
    let labels = prop::collection::btree_set(id().prop_map(LabelId), 0..4);
    (whose, what, labels, any::<bool>(), (age(), age())).prop_map(
        |((agent, team, customer), (state, stage, priority, channel), labels, mentioned, ages)| Filter {
            state,
            stage: stage.map(StageId),
            channel,
            agent,
            team,
            labels,
            priority,
            customer: customer.and_then(|customer| CustomerId::new(&customer)),
            mentioned,
            older_than: ages.0,
            younger_than: ages.1,
        },
    )
}

proptest! {
    #[test]
    fn a_filter_comes_back_from_its_parameters(filter in filter()) {
        let parameters = filter.parameters();
        let listing = Listing::parse(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        prop_assert_eq!(listing.unwrap().filter, filter);
    }
}
