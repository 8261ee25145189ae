//! The ledger against one that counts everything anew, over what the engine decides and over what it never would.

mod slow;
mod world;

use super::*;
use crate::access::Actor;
use crate::ids::TeamId;
use crate::life::{Entry, Moved, Place, Position, State, What};
use crate::receipt::{Eligible, Receipt, Route};
use crate::roster::Policy;
use crate::text::Grounds;
use crate::ticket::Outcome;
use jiff::civil::date;
use proptest::prelude::*;
use slow::{Recounted, Told};
use std::collections::BTreeSet;
use world::{World, step};

/// Counts in portions of so many decisions, each going on from what the one before it has stored.
fn counted(told: &[Told], rosters: &Rosters, portion: usize) -> Counted {
    let mut sum = Counted::default();
    for told in told.chunks(portion.max(1)) {
        let stored: BTreeMap<Pool, String> = sum
            .stretches
            .iter()
            .map(|(pool, stretch)| (*pool, serde_json::to_string(stretch).unwrap()))
            .collect();
        let read = stored.into_iter().map(|(pool, json)| (pool, serde_json::from_str(&json).unwrap()));
        let mut ledger = Ledger::new(read.collect(), rosters);
        for told in told {
            ledger.count(told.event, told.day, &told.given);
        }
        let Counted { shares, figures, stretches } = ledger.finish();
        for (key, share) in &shares {
            sum.shares.entry(*key).or_default().add(share);
        }
        for (key, more) in &figures {
            sum.figures.entry(*key).or_default().add(more);
        }
        sum.stretches = stretches;
    }
    sum
}

fn assert_same(counted: &Counted, recounted: &Recounted) {
    let near = |one: f64, other: f64| (one - other).abs() < 1e-9;
    let keys: BTreeSet<_> = counted.shares.keys().chain(recounted.shares.keys()).copied().collect();
    for key in keys {
        let one = counted.shares.get(&key).copied().unwrap_or_default();
        let other = recounted.shares.get(&key).copied().unwrap_or_default();
        assert!(near(one.entitled, other.entitled), "{key:?}: {one:?}, recounted {other:?}");
        assert_eq!(Share { entitled: 0.0, ..one }, Share { entitled: 0.0, ..other }, "{key:?}");
    }
    let keys: BTreeSet<_> = counted.figures.keys().chain(recounted.figures.keys()).copied().collect();
    for key in keys {
        let one = counted.figures.get(&key).copied().unwrap_or_default();
        let other = recounted.figures.get(&key).copied().unwrap_or_default();
        assert!(near(one.worst, other.worst), "{key:?}: {one:?}, recounted {other:?}");
        assert_eq!(Figures { worst: 0.0, ..one }, Figures { worst: 0.0, ..other }, "{key:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn the_sums_are_those_of_counting_everything_anew(
        steps in prop::collection::vec(step(), 1..60),
        portion in 1..40_usize,
    ) {
        let world = World::after(&steps);
        let counted = counted(&world.told, &world.rosters, portion);
        assert_same(&counted, &slow::recount(&world.told, &world.rosters));
    }

    #[test]
    fn round_robin_keeps_its_promise_in_every_stretch(steps in prop::collection::vec(step(), 1..60)) {
        let world = World::after(&steps);
        let Counted { shares, figures, .. } = counted(&world.told, &world.rosters, usize::MAX);
        for ((pool, day), figures) in &figures {
            prop_assert!(figures.worst < 1.0 && figures.broken == 0, "{pool:?} on {day}: {figures:?}");
            prop_assert_eq!(figures.uncounted, 0);
            let of_day = shares.iter().filter(|((of, on, _), _)| (of, on) == (pool, day));
            let mut sum = Share::default();
            of_day.for_each(|(_, share)| sum.add(share));
            prop_assert_eq!(sum.received, figures.turns);
            prop_assert!((sum.entitled - figures.turns as f64).abs() < 1e-9, "{sum:?}, {figures:?}");
        }
    }

    #[test]
    fn turns_in_no_order_are_counted_alike_and_break_the_promise_where_the_recount_says_so(
        chosen in prop::collection::vec((0..4_usize, 0..4_usize), 1..40),
        portion in 1..9_usize,
    ) {
        let members: Vec<AgentId> = (1..5).map(AgentId).collect();
        let rosters = Rosters::from([((Pool::Store, 1), members.clone().into())]);
        let told = |(event, (chosen, before)): (i64, &(usize, usize))| {
            let turn = turn(members[*chosen], Some(members[*before]), &[true; 4]);
            Told { event, day: date(2026, 11, 25), given: Given::Turn(turn) }
        };
        let told: Vec<Told> = (1..).zip(&chosen).map(told).collect();
        assert_same(&counted(&told, &rosters, portion), &slow::recount(&told, &rosters));
    }
}

fn turn(chosen: AgentId, before: Option<AgentId>, eligible: &[bool]) -> Turn {
    Turn {
        pool: Pool::Store,
        version: 1,
        considered: u32::try_from(eligible.len()).unwrap(),
        before,
        chosen,
        eligible: Some(Eligible::of(eligible.iter().copied())),
    }
}

#[test]
fn an_agent_that_gets_two_turns_in_a_row_breaks_the_promise() {
    let rosters = Rosters::from([((Pool::Store, 1), [1, 2].map(AgentId).into())]);
    let mut ledger = Ledger::new(BTreeMap::new(), &rosters);
    for (event, chosen) in [(1, 1), (2, 1), (3, 2)] {
        ledger.count(event, date(2026, 11, 25), &Given::Turn(turn(AgentId(chosen), None, &[true; 2])));
    }
    let figures = ledger.finish().figures[&(Pool::Store, date(2026, 11, 25))];
    assert_eq!((figures.turns, figures.worst, figures.broken, figures.broken_at), (3, 1.0, 1, Some(2)));
}

#[test]
fn a_turn_of_which_it_is_not_known_who_could_be_chosen_is_uncounted_and_ends_the_stretch() {
    let rosters = Rosters::from([((Pool::Store, 1), [1, 2].map(AgentId).into())]);
    let day = date(2026, 11, 25);
    let known = turn(AgentId(1), None, &[true; 2]);
    let unknown = [
        Turn { eligible: None, ..known.clone() },
        Turn { version: 2, ..known.clone() },
        Turn { considered: 3, ..known.clone() },
        Turn { chosen: AgentId(3), ..known.clone() },
        turn(AgentId(2), None, &[true, false]),
    ];
    for unknown in unknown {
        let mut ledger = Ledger::new(BTreeMap::new(), &rosters);
        ledger.count(1, day, &Given::Turn(known.clone()));
        ledger.count(2, day, &Given::Turn(unknown.clone()));
        ledger.count(3, day, &Given::Turn(known.clone()));
        let Counted { shares, figures, stretches } = ledger.finish();
        let figures = figures[&(Pool::Store, day)];
        assert_eq!((figures.turns, figures.uncounted, figures.broken), (2, 1, 0), "{unknown:?}");
        assert_eq!(stretches[&Pool::Store].turns(), 1);
        let received: u64 = shares.values().map(|share| share.received).sum();
        assert_eq!(received, 2);
    }
}

#[test]
fn a_stretch_goes_on_over_days_and_rosters_while_the_same_can_be_chosen() {
    let rosters = Rosters::from([
        ((Pool::Store, 1), [1, 2, 3].map(AgentId).into()),
        ((Pool::Store, 2), [1, 3].map(AgentId).into()),
    ]);
    let mut ledger = Ledger::new(BTreeMap::new(), &rosters);
    ledger.count(1, date(2026, 11, 25), &Given::Turn(turn(AgentId(1), None, &[true, false, true])));
    let later = Turn { version: 2, ..turn(AgentId(3), Some(AgentId(1)), &[true, true]) };
    ledger.count(2, date(2026, 11, 26), &Given::Turn(later));
    let Counted { shares, stretches, .. } = ledger.finish();
    let stretch = &stretches[&Pool::Store];
    assert_eq!((stretch.turns(), stretch.received(), stretch.worst()), (2, &[1, 1][..], 0.5));
    let first = shares[&(Pool::Store, date(2026, 11, 25), AgentId(3))];
    assert_eq!((first.received, first.entitled, first.difference()), (0, 0.5, -0.5));
}

fn direct(route: Route) -> Receipt {
    Receipt::direct(1, route, Some(AgentId(7)))
}

fn moved(to: Place, passed: &[i64], team: Option<i64>) -> Moved {
    let position = |place, passed: &[i64]| Position {
        state: State::Open { stage: crate::ids::StageId(1), place },
        team: team.map(TeamId),
        passed: passed.iter().copied().map(AgentId).collect(),
        touched: false,
    };
    Moved { from: position(Place::Waiting(Pool::Store), passed), to: position(to, passed) }
}

#[test]
fn what_is_given_outside_the_turns_has_columns_of_its_own() {
    let ways = |receipt: &Receipt| match Given::created(receipt) {
        Some(Given::Outside { pool: Pool::Store, agent: AgentId(7), way }) => Some(way),
        _ => None,
    };
    assert_eq!(ways(&direct(Route::Asked)), Some(Way::Asked));
    assert_eq!(ways(&direct(Route::Rule)), Some(Way::ByRule));
    assert_eq!(ways(&direct(Route::Sticky)), Some(Way::Sticky));

    let own = Place::Owned(AgentId(7));
    let later = |what: What, receipt: Option<&Receipt>| Given::later(&what, receipt);
    let outside = |pool, way| Some(Given::Outside { pool, agent: AgentId(7), way });
    let team = Pool::Team(TeamId(31));
    assert_eq!(later(What::Claimed(moved(own, &[], Some(31))), None), outside(team, Way::Claimed));
    let asked = direct(Route::Asked);
    assert_eq!(
        later(What::Assigned(moved(own, &[], None)), Some(&asked)),
        outside(Pool::Store, Way::Assigned)
    );
    let grounds = Grounds::new("not my language").unwrap();
    let passed = What::Passed { grounds, moved: moved(own, &[3], None) };
    assert_eq!(later(passed, None), outside(Pool::Store, Way::Passed));
    // A ticket that was passed on goes round without moving a turn.
    let handed_out = What::HandedOut(moved(own, &[3], None));
    let receipt = Receipt { chosen: Some(AgentId(7)), ..of_pool(Policy::RoundRobin) };
    assert_eq!(later(handed_out, Some(&receipt)), outside(Pool::Store, Way::Passed));
    assert_eq!(later(What::Assigned(moved(Place::Waiting(team), &[], Some(31))), None), None);
    assert_eq!(later(What::Reopened(moved(own, &[], None)), None), None);
}

fn of_pool(policy: Policy) -> Receipt {
    Receipt::of_pool(1, Pool::Store, policy, Outcome::Assigned)
}

#[test]
fn a_hand_out_is_a_turn_and_a_balanced_pool_has_its_spread_instead() {
    let own = Place::Owned(AgentId(7));
    let robin = Receipt { chosen: Some(AgentId(7)), ..of_pool(Policy::RoundRobin) };
    let given = Given::later(&What::HandedOut(moved(own, &[], None)), Some(&robin));
    assert!(matches!(given, Some(Given::Turn(Turn { chosen: AgentId(7), .. }))), "{given:?}");
    assert_eq!(Given::created(&of_pool(Policy::RoundRobin)), None, "it waits");

    let balanced =
        |spread| Receipt { chosen: Some(AgentId(7)), spread: Some(spread), ..of_pool(Policy::Balanced) };
    let rosters = Rosters::new();
    let mut ledger = Ledger::new(BTreeMap::new(), &rosters);
    for (event, spread) in [(1, (2, 5)), (2, (2, 3)), (3, (0, 8))] {
        let given = Given::created(&balanced(spread)).expect("it is given");
        ledger.count(event, date(2026, 11, 25), &given);
    }
    let Counted { shares, figures, .. } = ledger.finish();
    let spread = figures[&(Pool::Store, date(2026, 11, 25))].spread;
    assert_eq!((spread.least, spread.most, spread.mean()), (1, 8, Some(4.0)));
    let share = shares[&(Pool::Store, date(2026, 11, 25), AgentId(7))];
    assert_eq!((share.received, share.outside(Way::ByLoad)), (0, 3));
}

#[test]
fn an_entry_that_gives_nobody_a_ticket_is_not_counted() {
    let entry = Entry {
        sequence: 2,
        at: jiff::Timestamp::UNIX_EPOCH,
        by: Actor::Clock,
        what: What::Undone { sequence: 1 },
        receipt: None,
    };
    assert_eq!(Given::later(&entry.what, entry.receipt.as_deref()), None);
}
