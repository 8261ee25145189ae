//! Each rule of desk 1 and 2 as a sentence.

mod merging_and_undoing;

use super::desk::*;
use super::*;
use crate::text::{Grounds, Remark};
use proptest::prelude::*;
use std::collections::BTreeSet;

const WAITING: Place = Place::Waiting(Pool::Store);

fn owned(agent: i64) -> Place {
    Place::Owned(AgentId(agent))
}

#[test]
fn a_claim_takes_a_waiting_ticket_out_of_its_pool_and_moves_no_turn() {
    let mut desk = Desk::new(1);
    let change = desk.done(&agent(2), 1, &Command::Claim);
    assert_eq!(desk.place(1), owned(2));
    assert_eq!(change.loads, BTreeMap::from([(AgentId(2), 1)]));
    assert_eq!(change.waiting, BTreeMap::from([(Pool::Store, -1)]));
    assert_eq!(change.turn, None);
    assert_eq!((change.entries[0].sequence, change.entries[0].what.kind()), (2, "claimed"));
}

#[test]
fn what_is_owned_cannot_be_claimed_by_another_and_ones_own_is_unchanged() {
    let mut desk = Desk::new(1);
    desk.settings.agents_see_all = true;
    desk.done(&agent(2), 1, &Command::Claim);
    assert_eq!(desk.run(&agent(2), 1, &Command::Claim), Ok(Verdict::Unchanged));
    assert_eq!(desk.run(&agent(3), 1, &Command::Claim), Err(Refusal::AlreadyOwned { owner: AgentId(2) }));
    assert_eq!(desk.run(&key(), 1, &Command::Claim), Err(Refusal::Forbidden));
    desk.done(&agent(2), 1, &CLOSE);
    assert_eq!(desk.run(&agent(2), 1, &Command::Claim), Err(Refusal::NotOpen));
}

#[test]
fn an_assigned_agent_gets_the_ticket_even_if_offline_and_the_receipt_says_so() {
    let mut desk = Desk::new(1);
    desk.go(3, false);
    let change = desk.done(&lead(), 1, &give(3));
    assert_eq!(desk.place(1), owned(3));
    assert_eq!(change.entries[0].receipt.as_ref().unwrap().chosen, Some(AgentId(3)));
    assert_eq!(change.entries[0].what.event().name(), "ticket.assigned");
    assert_eq!(desk.run(&lead(), 1, &give(3)), Ok(Verdict::Unchanged));
    assert_eq!(desk.run(&lead(), 1, &give(9)), Err(Refusal::UnknownAgent(AgentId(9))));
}

#[test]
fn a_ticket_for_a_team_waits_in_its_pool_or_is_unclaimed_as_the_policy_says() {
    let mut desk = Desk::new(1);
    let change = desk.done(&lead(), 1, &give_into(Pool::Team(TEAM)));
    assert_eq!((desk.place(1), desk.ticket(1).team), (Place::Waiting(Pool::Team(TEAM)), Some(TEAM)));
    assert_eq!(change.waiting, BTreeMap::from([(Pool::Store, -1), (Pool::Team(TEAM), 1)]));
    desk.done(&lead(), 1, &give_into(Pool::Team(UNASSIGNED_TEAM)));
    assert_eq!(desk.place(1), Place::Unclaimed);
    desk.done(&lead(), 1, &give_into(Pool::Store));
    assert_eq!((desk.place(1), desk.ticket(1).team), (WAITING, None));
    let unknown = give_into(Pool::Team(TeamId(9)));
    assert_eq!(desk.run(&lead(), 1, &unknown), Err(Refusal::UnknownTeam(TeamId(9))));
}

#[test]
fn a_ticket_given_to_nobody_waits_where_it_belongs() {
    let mut desk = Desk::new(1);
    let nobody = Command::Assign { to: Recipient::Nobody, expected: Expected::Anybody };
    assert_eq!(desk.run(&lead(), 1, &nobody), Ok(Verdict::Unchanged));
    desk.done(&lead(), 1, &give_into(Pool::Team(TEAM)));
    desk.done(&lead(), 1, &give(2));
    desk.done(&lead(), 1, &nobody);
    assert_eq!((desk.place(1), desk.ticket(1).team), (Place::Waiting(Pool::Team(TEAM)), Some(TEAM)));
    desk.done(&lead(), 1, &CLOSE);
    assert_eq!(desk.run(&lead(), 1, &nobody), Err(Refusal::NotOpen));
}

#[test]
fn a_command_that_expects_another_owner_is_refused_as_changed() {
    let mut desk = Desk::new(1);
    desk.done(&agent(2), 1, &Command::Claim);
    let close = |agent| Command::Close { expected: Expected::Owner(agent) };
    for expected in [None, Some(AgentId(1))] {
        assert_eq!(desk.run(&lead(), 1, &close(expected)), Err(Refusal::Changed));
    }
    let expected = Expected::Owner(Some(AgentId(1)));
    for command in [
        Command::Assign { to: Recipient::Nobody, expected },
        Command::Pass { grounds: Grounds::new("late").unwrap(), expected },
        Command::Snooze { until: Timestamp::MAX, expected },
        Command::Reopen { expected },
    ] {
        assert_eq!(desk.run(&lead(), 1, &command), Err(Refusal::Changed), "{command:?}");
    }
    desk.done(&lead(), 1, &close(Some(AgentId(2))));
}

#[test]
fn a_ticket_passed_on_goes_round_those_who_have_not_passed_it_and_then_waits() {
    let mut desk = Desk::new(1);
    desk.go(3, false);
    desk.turns.insert(Pool::Store, AgentId(1));
    desk.done(&agent(1), 1, &Command::Claim);
    for (from, to) in [(1, 2), (2, 4)] {
        let change = desk.done(&agent(from), 1, &pass());
        assert_eq!((desk.place(1), change.turn), (owned(to), None));
        assert!(!change.entries[0].what.concerns_lead());
        let receipt = change.entries[0].receipt.as_ref().unwrap();
        assert_eq!((receipt.chosen, receipt.turn_after), (Some(AgentId(to)), Some(AgentId(1))));
    }
    let change = desk.done(&agent(4), 1, &pass());
    assert_eq!(desk.place(1), WAITING);
    assert!(change.entries[0].what.concerns_lead());
    assert_eq!(change.entries[0].what.event().name(), "ticket.waiting");
    let receipt = change.entries[0].receipt.as_ref().unwrap();
    let seats: Vec<_> = receipt.seats.iter().map(|seat| (seat.agent.0, seat.reason.name())).collect();
    let passed = "passed_before";
    assert_eq!(seats, [(2, passed), (3, "offline"), (4, passed), (1, passed)]);
    assert_eq!((receipt.turn_before, receipt.turn_after), (Some(AgentId(1)), Some(AgentId(1))));
}

#[test]
fn a_pool_never_gives_a_ticket_back_to_who_passed_it_and_the_turn_stays() {
    let mut desk = Desk::new(1);
    desk.go(3, false);
    for round in ["first", "named anew"] {
        desk.done(&lead(), 1, &give(1));
        for (from, to) in [(1, 2), (2, 4)] {
            desk.done(&agent(from), 1, &pass());
            assert_eq!(desk.place(1), owned(to), "{round}");
        }
    }
    desk.done(&agent(4), 1, &pass());
    assert_eq!(desk.run(&Actor::Clock, 1, &Command::HandOut), Ok(Verdict::Unchanged));
    desk.go(3, true);
    let change = desk.done(&Actor::Clock, 1, &Command::HandOut);
    assert_eq!((desk.place(1), change.turn), (owned(3), None));
}

#[test]
fn only_an_owned_open_ticket_can_be_passed_on() {
    let mut desk = Desk::new(1);
    assert_eq!(desk.run(&agent(1), 1, &pass()), Err(Refusal::NotOwned));
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&agent(1), 1, &snooze(desk.now + Duration::from_secs(60)));
    assert_eq!(desk.run(&agent(1), 1, &pass()), Err(Refusal::NotOpen));
}

#[test]
fn a_pool_gives_its_waiting_tickets_out_in_turns() {
    let mut desk = Desk::new(3);
    desk.go(2, false);
    for (ticket, next) in [(1, 1), (2, 3), (3, 4)] {
        let change = desk.done(&Actor::Clock, ticket, &Command::HandOut);
        assert_eq!(desk.place(ticket), owned(next));
        assert_eq!(change.turn, Some((Pool::Store, AgentId(next))));
        assert_eq!(change.entries[0].receipt.as_ref().unwrap().turn_after, Some(AgentId(next)));
    }
    assert_eq!(desk.run(&Actor::Clock, 3, &Command::HandOut), Ok(Verdict::Unchanged));
    assert_eq!(desk.run(&lead(), 3, &Command::HandOut), Err(Refusal::Forbidden));
}

#[test]
fn a_closed_ticket_is_no_load_and_tells_what_closed_it() {
    for (by, closed_by) in [(agent(1), ClosedBy::Agent), (key(), ClosedBy::Key)] {
        let mut desk = Desk::new(1);
        desk.done(&agent(1), 1, &Command::Claim);
        let change = desk.done(&by, 1, &CLOSE);
        assert_eq!(change.loads, BTreeMap::from([(AgentId(1), -1)]));
        assert_eq!(desk.ticket(1).state.closed_by(), Some(closed_by));
        assert_eq!(desk.ticket(1).owner(), Some(AgentId(1)));
        assert_eq!(desk.run(&lead(), 1, &CLOSE), Ok(Verdict::Unchanged));
    }
}

#[test]
fn a_reopened_ticket_stays_with_its_agent_if_there_and_else_waits() {
    type Happens = fn(&mut Desk);
    let there: [(Happens, Place); 4] = [
        (|_| (), owned(1)),
        (|desk| desk.go(1, false), WAITING),
        (|desk| desk.go_on_leave(1, true), WAITING),
        (|desk| desk.archive(1), WAITING),
    ];
    for (happens, place) in there {
        let mut desk = Desk::new(1);
        desk.done(&agent(1), 1, &Command::Claim);
        desk.done(&agent(1), 1, &CLOSE);
        happens(&mut desk);
        desk.done(&lead(), 1, &REOPEN);
        assert_eq!(desk.place(1), place);
        assert_eq!(desk.run(&lead(), 1, &REOPEN), Ok(Verdict::Unchanged));
    }
}

#[test]
fn a_snoozed_ticket_is_no_load_and_wakes_when_its_time_has_come() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &Command::Claim);
    let until = desk.now + Duration::from_secs(60);
    assert_eq!(desk.run(&agent(1), 1, &snooze(desk.now)), Err(Refusal::Past));
    let change = desk.done(&agent(1), 1, &snooze(until));
    assert_eq!(change.loads, BTreeMap::from([(AgentId(1), -1)]));
    assert_eq!(desk.run(&agent(1), 1, &snooze(until)), Ok(Verdict::Unchanged));
    assert_eq!(desk.run(&agent(1), 1, &REOPEN), Err(Refusal::NotClosed));
    desk.later(59);
    assert_eq!(desk.run(&Actor::Clock, 1, &Command::Wake), Ok(Verdict::Unchanged));
    desk.later(1);
    desk.done(&Actor::Clock, 1, &Command::Wake);
    assert_eq!(desk.place(1), owned(1));
    assert_eq!(desk.run(&agent(1), 1, &Command::Wake), Ok(Verdict::Unchanged));
}

#[test]
fn a_person_wakes_a_ticket_early_and_a_closed_one_never() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&agent(1), 1, &snooze(desk.now + Duration::from_secs(60)));
    desk.done(&agent(1), 1, &Command::Wake);
    desk.done(&agent(1), 1, &CLOSE);
    assert_eq!(desk.run(&agent(1), 1, &Command::Wake), Err(Refusal::NotSnoozed));
}

#[test]
fn a_snoozed_ticket_given_to_somebody_wakes_with_them() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&agent(1), 1, &snooze(desk.now + Duration::from_secs(60)));
    let change = desk.done(&lead(), 1, &give(2));
    assert!(change.loads.is_empty());
    desk.done(&lead(), 1, &Command::Wake);
    assert_eq!(desk.place(1), owned(2));
}

#[test]
fn a_ticket_closes_by_itself_when_nothing_has_happened_for_long_enough() {
    let mut desk = Desk::new(1);
    desk.later(100);
    assert_eq!(desk.run(&Actor::Clock, 1, &Command::AutoClose), Ok(Verdict::Unchanged), "off until set");
    desk.settings.close_after = Some(Duration::from_secs(100));
    desk.done(&lead(), 1, &message(Direction::In, None, desk.now));
    desk.later(99);
    assert_eq!(desk.run(&Actor::Clock, 1, &Command::AutoClose), Ok(Verdict::Unchanged), "restarted");
    desk.later(1);
    desk.done(&Actor::Clock, 1, &Command::AutoClose);
    assert_eq!(desk.ticket(1).state.closed_by(), Some(ClosedBy::Auto));
}

#[test]
fn a_message_from_the_customer_wakes_and_opens_again() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &Command::Claim);
    for sleep in [snooze(desk.now + Duration::from_secs(60)), CLOSE] {
        desk.done(&agent(1), 1, &sleep);
        let answer = desk.done(&agent(1), 1, &message(Direction::Out, None, desk.now));
        assert_eq!(answer.entries.len(), 1, "an answer wakes nothing");
        let change = desk.done(&key(), 1, &message(Direction::In, None, desk.now));
        assert_eq!(change.entries.len(), 2);
        assert_eq!(change.entries[0].what.event().name(), "ticket.message_added");
        assert_eq!((desk.place(1), desk.ticket(1).heard_at), (owned(1), Some(desk.now)));
    }
}

#[test]
fn a_message_after_the_reopening_time_makes_a_new_ticket_and_one_to_a_merged_ticket_goes_on() {
    let mut desk = Desk::new(2);
    desk.done(&lead(), 1, &CLOSE);
    desk.done(&lead(), 2, &Command::Merge { into: TicketId(1) });
    desk.later(3600);
    let inward = message(Direction::In, Some("m1"), desk.now);
    assert_eq!(desk.run(&key(), 1, &inward), Ok(Verdict::NewTicket { linked_to: TicketId(1) }));
    assert_eq!(desk.run(&key(), 2, &inward), Ok(Verdict::Elsewhere { ticket: TicketId(1) }));
}

#[test]
fn a_note_by_the_owner_touches_the_ticket_until_it_changes_hands() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&lead(), 1, &note());
    assert!(!desk.ticket(1).touched, "another's is no touch");
    desk.done(&agent(1), 1, &note());
    assert!(desk.ticket(1).touched);
    desk.done(&agent(1), 1, &give(2));
    assert!(!desk.ticket(1).touched);
}

#[test]
fn a_note_mentions_active_agents_only() {
    let mut desk = Desk::new(1);
    let mentions = BTreeSet::from([AgentId(2), AgentId(9)]);
    let note = Command::Note { text: Remark::new("look").unwrap(), mentions };
    assert_eq!(desk.run(&agent(1), 1, &note), Err(Refusal::UnknownAgent(AgentId(9))));
}

#[test]
fn labels_go_on_and_off_once_and_only_active_ones_go_on() {
    let mut desk = Desk::new(1);
    let change = desk.done(&agent(1), 1, &labels(&[1, 2, 3], &[3]));
    assert_eq!(change.ticket.labels, BTreeSet::from([LabelId(1), LabelId(2)]));
    assert_eq!(desk.run(&agent(1), 1, &labels(&[1], &[3])), Ok(Verdict::Unchanged));
    assert_eq!(desk.run(&agent(1), 1, &labels(&[9], &[])), Err(Refusal::UnknownLabel(LabelId(9))));
    desk.roster.labels.clear();
    desk.done(&agent(1), 1, &labels(&[], &[1]));
}

#[test]
fn a_snooze_ends_at_a_whole_millisecond() {
    let mut desk = Desk::new(1);
    let until = desk.now + Duration::from_millis(5);
    desk.done(&agent(1), 1, &snooze(until + Duration::from_nanos(999_999)));
    assert!(matches!(desk.ticket(1).state, State::Snoozed { until: stored, .. } if stored == until));
}

#[test]
fn what_the_clock_does_is_not_for_people_or_keys() {
    let mut desk = Desk::new(1);
    for command in [Command::AutoClose, Command::HandOut] {
        assert_eq!(desk.run(&lead(), 1, &command), Err(Refusal::Forbidden));
        assert_eq!(desk.run(&key(), 1, &command), Err(Refusal::Forbidden));
    }
}

#[test]
fn a_stage_is_an_open_one_of_the_store_and_a_removed_one_gives_way_to_the_first() {
    let mut desk = Desk::new(1);
    let set = |stage| Command::SetStage(StageId(stage));
    assert_eq!(desk.run(&agent(1), 1, &set(3)), Err(Refusal::UnknownStage(StageId(3))));
    let progress = crate::stages::Stage {
        id: StageId(4),
        name: crate::text::Name::new("In progress").unwrap(),
        kind: crate::ticket::Stage::Open,
    };
    let more = desk.settings.stages.iter().cloned().chain([progress]).collect();
    desk.settings.stages = Stages::new(more).unwrap();
    desk.done(&agent(1), 1, &set(4));
    assert_eq!(desk.run(&agent(1), 1, &set(4)), Ok(Verdict::Unchanged));
    desk.done(&agent(1), 1, &snooze(desk.now + Duration::from_secs(60)));
    desk.settings.stages = Stages::default();
    desk.done(&agent(1), 1, &Command::Wake);
    assert!(matches!(desk.ticket(1).state, State::Open { stage: StageId(1), .. }));
}

#[test]
fn an_entry_is_stored_as_compact_json_with_stable_codes() {
    let mut desk = Desk::new(1);
    desk.done(&agent(2), 1, &Command::Claim);
    assert_eq!(
        desk.last(1).what.stored(),
        r#"{"kind":"claimed","from":{"state":"open","stage":1,"place":{"waiting":0}},"to":{"state":"open","stage":1,"place":{"owned":2}}}"#
    );
    desk.done(&agent(2), 1, &labels(&[1], &[]));
    assert_eq!(desk.last(1).what.stored(), r#"{"kind":"labelled","added":[1]}"#);
}

proptest! {
    #[test]
    fn a_priority_is_found_again_by_its_rank_and_name(rank in -1..6_i64) {
        let priority = Priority::from_rank(rank);
        prop_assert_eq!(priority.is_some(), (0..4).contains(&rank));
        prop_assert_eq!(priority, priority.and_then(|priority| Priority::from_name(priority.name())));
    }
}
