//! Duplicates, and changes taken back.

use super::*;

#[test]
fn a_merged_ticket_refuses_what_would_open_it_and_says_where_it_went() {
    let mut desk = Desk::new(3);
    let merge = |into| Command::Merge { into: TicketId(into) };
    assert_eq!(desk.run(&lead(), 1, &merge(1)), Err(Refusal::IntoItself));
    assert_eq!(desk.run(&lead(), 1, &merge(9)), Err(Refusal::UnknownTicket));
    desk.done(&lead(), 1, &merge(2));
    assert_eq!(desk.ticket(1).state.closed_by(), Some(ClosedBy::Merge));
    assert_eq!(desk.run(&lead(), 1, &merge(2)), Ok(Verdict::Unchanged));
    let merged = Err(Refusal::Merged { into: TicketId(2) });
    for command in [merge(3), REOPEN, Command::Wake, Command::Claim, give(1)] {
        assert_eq!(desk.run(&lead(), 1, &command), merged, "{command:?}");
    }
    assert_eq!(desk.run(&lead(), 1, &CLOSE), Ok(Verdict::Unchanged));
    assert_eq!(desk.run(&lead(), 2, &merge(1)), Err(Refusal::Merged { into: TicketId(2) }), "no circles");
    assert_eq!(desk.run(&lead(), 2, &Command::Unmerge), Err(Refusal::NotMerged));
}

#[test]
fn a_ticket_is_merged_only_into_one_that_its_agent_sees() {
    let mut desk = Desk::new(2);
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&agent(2), 2, &Command::Claim);
    let merge = Command::Merge { into: TicketId(2) };
    assert_eq!(desk.run(&agent(1), 1, &merge), Err(Refusal::UnknownTicket));
    desk.settings.agents_see_all = true;
    desk.done(&agent(1), 1, &merge);
}

#[test]
fn an_unmerged_ticket_of_an_archived_agent_waits() {
    let mut desk = Desk::new(2);
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&lead(), 1, &Command::Merge { into: TicketId(2) });
    desk.archive(1);
    desk.done(&lead(), 1, &Command::Unmerge);
    assert_eq!(desk.place(1), WAITING);
}

#[test]
fn undo_is_for_who_did_it_within_ten_seconds_and_only_while_nothing_moved_since() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&agent(1), 1, &CLOSE);
    let undo = Command::Undo { sequence: 3 };
    assert_eq!(desk.run(&lead(), 1, &undo), Err(Refusal::Forbidden));
    assert_eq!(desk.run(&agent(1), 1, &Command::Undo { sequence: 2 }), Err(Refusal::Changed));
    assert_eq!(desk.run(&agent(1), 1, &Command::Undo { sequence: 9 }), Err(Refusal::NotUndoable));
    desk.later(11);
    assert_eq!(desk.run(&agent(1), 1, &undo), Err(Refusal::TooLate));
    desk.later(-1);
    desk.done(&agent(1), 1, &undo);
    assert_eq!((desk.place(1), desk.last(1).what.kind()), (owned(1), "undone"));
    assert_eq!(desk.run(&agent(1), 1, &undo), Err(Refusal::Changed), "once");
}

#[test]
fn an_unmerged_ticket_whose_time_has_come_is_awake() {
    let mut desk = Desk::new(2);
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&agent(1), 1, &snooze(desk.now + Duration::from_secs(60)));
    desk.done(&lead(), 1, &Command::Merge { into: TicketId(2) });
    desk.later(60);
    desk.done(&lead(), 1, &Command::Unmerge);
    assert_eq!(desk.place(1), owned(1));
}

#[test]
fn a_ticket_whose_team_is_no_more_waits_in_the_stores_pool() {
    for (away, back) in [(Command::Merge { into: TicketId(2) }, Command::Unmerge), (CLOSE, REOPEN)] {
        let mut desk = Desk::new(2);
        desk.done(&lead(), 1, &give_into(Pool::Team(TEAM)));
        desk.done(&lead(), 1, &away);
        desk.roster.teams.retain(|team| team.id != TEAM);
        desk.done(&lead(), 1, &back);
        assert_eq!(desk.place(1), WAITING);
    }
}

#[test]
fn undoing_a_move_of_somebody_who_is_no_more_lets_the_ticket_wait_in_the_team_it_had() {
    let mut desk = Desk::new(1);
    desk.done(&lead(), 1, &give_into(Pool::Team(TEAM)));
    desk.done(&lead(), 1, &give(1));
    desk.done(&lead(), 1, &give_into(Pool::Team(UNASSIGNED_TEAM)));
    desk.archive(1);
    desk.done(&lead(), 1, &Command::Undo { sequence: 4 });
    assert_eq!((desk.place(1), desk.ticket(1).team), (Place::Waiting(Pool::Team(TEAM)), Some(TEAM)));
}

#[test]
fn an_unmerging_is_not_undone_but_merged_again() {
    let mut desk = Desk::new(2);
    let merge = |into| Command::Merge { into: TicketId(into) };
    desk.done(&lead(), 1, &merge(2));
    desk.done(&lead(), 1, &Command::Unmerge);
    desk.done(&lead(), 2, &merge(1));
    assert_eq!(desk.run(&lead(), 1, &Command::Undo { sequence: 3 }), Err(Refusal::NotUndoable));
    assert_eq!(desk.run(&lead(), 1, &merge(2)), Err(Refusal::Merged { into: TicketId(1) }), "no circle");
}

#[test]
fn what_is_said_stays_said() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &note());
    assert_eq!(desk.run(&agent(1), 1, &Command::Undo { sequence: 2 }), Err(Refusal::NotUndoable));
}

#[test]
fn undoing_a_claim_puts_the_ticket_back_where_it_waited() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &Command::Claim);
    desk.done(&agent(1), 1, &Command::Undo { sequence: 2 });
    assert_eq!(desk.place(1), WAITING);
    assert_eq!(desk.loads, BTreeMap::from([(AgentId(1), 0)]));
}

#[test]
fn a_priority_that_somebody_else_has_changed_since_is_not_put_back() {
    let mut desk = Desk::new(1);
    desk.done(&agent(1), 1, &Command::SetPriority(Priority::High));
    desk.done(&lead(), 1, &Command::SetPriority(Priority::Urgent));
    assert_eq!(desk.run(&agent(1), 1, &Command::Undo { sequence: 2 }), Err(Refusal::Changed));
    desk.done(&lead(), 1, &Command::Undo { sequence: 3 });
    assert_eq!(desk.ticket(1).priority, Priority::High);
}
