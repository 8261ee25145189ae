//! What holds whatever people do: arbitrary commands over several tickets, by anybody, at any time.

use super::desk::*;
use super::*;
use crate::text::Grounds;
use proptest::prelude::*;

#[derive(Debug, Clone)]
enum Step {
    Do(Actor, i64, Command),
    /// Takes the last entry of a ticket back, by who made it.
    Undo(i64),
    Later(i64),
    Online(i64, bool),
    Leave(i64, bool),
    Archive(i64),
}

pub(super) fn actor() -> impl Strategy<Value = Actor> {
    prop_oneof![4 => (1..=4_i64).prop_map(agent), 4 => Just(lead()), 1 => Just(key()), 2 => Just(Actor::Clock)]
}

fn expected() -> impl Strategy<Value = Expected> {
    prop_oneof![
        3 => Just(Expected::Anybody),
        1 => prop::option::of((1..=4_i64).prop_map(AgentId)).prop_map(Expected::Owner)
    ]
}

fn pool() -> impl Strategy<Value = Pool> {
    prop::sample::select(vec![Pool::Store, Pool::Team(TEAM), Pool::Team(UNASSIGNED_TEAM)])
}

fn recipient() -> impl Strategy<Value = Recipient> {
    prop_oneof![
        (1..=4_i64).prop_map(|id| Recipient::Agent(AgentId(id))),
        pool().prop_map(Recipient::Pool),
        Just(Recipient::Nobody)
    ]
}

fn remark() -> impl Strategy<Value = Command> {
    let ids = || prop::collection::vec(1..=3_i64, 0..3);
    let at = Desk::new(0).now;
    prop_oneof![
        Just(note()),
        (ids(), ids()).prop_map(|(add, remove)| labels(&add, &remove)),
        (any::<bool>(), prop::option::of("[ab]"), 0..100_i64).prop_map(move |(inward, external, seconds)| {
            let direction = if inward { Direction::In } else { Direction::Out };
            message(direction, external.as_deref(), at + jiff::SignedDuration::from_secs(seconds))
        }),
    ]
}

pub(super) fn command() -> impl Strategy<Value = Command> {
    let soon = |seconds: i64| Desk::new(0).now + jiff::SignedDuration::from_secs(seconds);
    prop_oneof![
        3 => Just(Command::Claim),
        3 => (recipient(), expected()).prop_map(|(to, expected)| Command::Assign { to, expected }),
        3 => expected().prop_map(|expected| Command::Pass { grounds: Grounds::new("away").unwrap(), expected }),
        3 => Just(Command::HandOut),
        2 => expected().prop_map(|expected| Command::Close { expected }),
        3 => expected().prop_map(|expected| Command::Reopen { expected }),
        2 => (0..200_i64, expected()).prop_map(move |(at, expected)| Command::Snooze { until: soon(at), expected }),
        2 => Just(Command::Wake),
        1 => Just(Command::AutoClose),
        1 => (1..4_i64).prop_map(|id| Command::SetStage(StageId(id))),
        1 => prop::sample::select(Priority::ALL.to_vec()).prop_map(Command::SetPriority),
        4 => remark(),
        2 => (1..=4_i64).prop_map(|id| Command::Merge { into: TicketId(id) }),
        2 => Just(Command::Unmerge),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let agent = 1..=4_i64;
    prop_oneof![
        20 => (actor(), 1..=4_i64, command()).prop_map(|(by, id, command)| Step::Do(by, id, command)),
        3 => (1..=4_i64).prop_map(Step::Undo),
        2 => (1..60_i64).prop_map(Step::Later),
        2 => (agent.clone(), any::<bool>()).prop_map(|(id, online)| Step::Online(id, online)),
        1 => (agent.clone(), any::<bool>()).prop_map(|(id, away)| Step::Leave(id, away)),
        1 => (1..=2_i64).prop_map(Step::Archive),
    ]
}

fn history() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(step(), 0..60)
}

impl Desk {
    fn live(&mut self, step: &Step) {
        match step {
            Step::Do(by, id, command) => drop(self.run(by, *id, command)),
            Step::Undo(id) => drop(self.undo_last(*id)),
            Step::Later(seconds) => self.later(*seconds),
            Step::Online(id, online) => {
                let agents = self.roster.agents.iter_mut();
                agents.filter(|agent| agent.id.0 == *id).for_each(|agent| agent.online = *online);
            }
            Step::Leave(id, true) => self.go_on_leave(*id, true),
            Step::Leave(id, false) => self.go_on_leave(*id, false),
            Step::Archive(id) => self.archive(*id),
        }
    }

    fn undo_last(&mut self, id: i64) -> Option<Result<Verdict, Refusal>> {
        let entry = self.timeline.get(&TicketId(id))?.last()?;
        let (by, sequence) = (entry.by.clone(), entry.sequence);
        Some(self.run(&by, id, &Command::Undo { sequence }))
    }

    fn after(history: &[Step]) -> Self {
        let mut desk = Self::new(4);
        for step in history {
            desk.live(step);
        }
        desk
    }

    fn counted<K: Ord>(&self, of: impl Fn(&State) -> Option<K>) -> BTreeMap<K, i64> {
        let mut counts = BTreeMap::new();
        for key in self.tickets.values().filter_map(|ticket| of(&ticket.state)) {
            *counts.entry(key).or_default() += 1;
        }
        counts
    }
}

fn without_zeros<K: Ord + Clone>(counts: &BTreeMap<K, i64>) -> BTreeMap<K, i64> {
    counts.iter().filter(|(_, count)| **count != 0).map(|(key, count)| (key.clone(), *count)).collect()
}

/// What a ticket is apart from how often and when it was worked on.
fn content(ticket: &Ticket) -> Ticket {
    let at = ticket.created_at;
    Ticket { sequence: 0, changed_at: at, opened_at: at, touched: false, ..ticket.clone() }
}

proptest! {
    #[test]
    fn loads_and_waiting_counts_are_those_of_the_tickets(history in history()) {
        let mut desk = Desk::new(4);
        for step in &history {
            desk.live(step);
            prop_assert_eq!(without_zeros(&desk.loads), desk.counted(State::loads));
            prop_assert_eq!(without_zeros(&desk.waiting), desk.counted(State::waiting));
        }
    }

    #[test]
    fn a_timeline_counts_up_without_gaps_reads_back_and_moves_lead_from_one_to_the_next(history in history()) {
        let desk = Desk::after(&history);
        for (id, entries) in &desk.timeline {
            let numbers: Vec<_> = entries.iter().map(|entry| entry.sequence).collect();
            prop_assert_eq!(&numbers, &(2..=desk.tickets[id].sequence).collect::<Vec<_>>());
            for entry in entries {
                let stored = entry.what.stored();
                prop_assert_eq!(&What::from_stored(&stored).unwrap(), &entry.what);
                let opening = format!("{{\"kind\":\"{}\"", entry.what.kind());
                prop_assert!(stored.starts_with(&opening));
                prop_assert_eq!(entry.by.to_string().parse::<Actor>().unwrap(), entry.by.clone());
            }
        }
    }

    #[test]
    fn links_of_merged_tickets_end_at_one_that_is_not_merged(history in history()) {
        let desk = Desk::after(&history);
        for ticket in desk.tickets.values() {
            let into = |ticket: &Ticket| ticket.state.merged_into();
            let mut end = ticket;
            for _ in 0..desk.tickets.len() {
                end = into(end).map_or(end, |next| &desk.tickets[&next]);
            }
            prop_assert_eq!(into(end), None);
        }
    }

    #[test]
    fn nobody_is_given_a_ticket_that_they_passed_on_unless_by_a_person(history in history()) {
        let desk = Desk::after(&history);
        for entry in desk.timeline.values().flatten() {
            if let What::HandedOut(moved) | What::Passed { moved, .. } = &entry.what {
                let chosen = moved.to.state.agent();
                prop_assert!(chosen.is_none_or(|chosen| !moved.to.passed.contains(&chosen)));
            }
        }
    }

    #[test]
    fn merging_and_unmerging_leaves_everything_as_it_was(history in history(), id in 1..=4_i64, into in 1..=4_i64) {
        let mut desk = Desk::after(&history);
        // What another event of the same instant would change anyway is brought about first.
        drop(desk.run(&Actor::Clock, id, &Command::Wake));
        let before = desk.clone();
        prop_assume!(matches!(
            desk.run(&lead(), id, &Command::Merge { into: TicketId(into) }),
            Ok(Verdict::Changed(_))
        ));
        prop_assume!(before.ticket(id).state.agent().is_none_or(|owner| {
            before.roster.agents.iter().any(|agent| agent.id == owner)
        }));
        desk.done(&lead(), id, &Command::Unmerge);
        prop_assert_eq!(content(desk.ticket(id)), content(before.ticket(id)));
        prop_assert_eq!(desk.ticket(id).touched, before.ticket(id).touched);
        prop_assert_eq!(without_zeros(&desk.loads), without_zeros(&before.loads));
        prop_assert_eq!(without_zeros(&desk.waiting), without_zeros(&before.waiting));
    }

    #[test]
    fn undo_restores(history in history(), by in actor(), id in 1..=4_i64, command in command()) {
        let mut desk = Desk::after(&history);
        drop(desk.run(&Actor::Clock, id, &Command::Wake));
        let before = desk.clone();
        let Ok(Verdict::Changed(change)) = desk.run(&by, id, &command) else { return Ok(()) };
        let undoable = !matches!(
            change.entries.last().unwrap().what,
            What::Noted { .. } | What::Message { .. } | What::Unmerged(_)
        );
        prop_assume!(undoable && change.entries.len() == 1);
        prop_assume!(before.ticket(id).state.agent().is_none_or(|owner| {
            before.roster.agents.iter().any(|agent| agent.id == owner)
        }));
        let undone = desk.undo_last(id).unwrap();
        prop_assert!(matches!(undone, Ok(Verdict::Changed(_))), "{:?}", undone);
        prop_assert_eq!(content(desk.ticket(id)), content(before.ticket(id)));
        prop_assert_eq!(without_zeros(&desk.loads), without_zeros(&before.loads));
        prop_assert_eq!(without_zeros(&desk.waiting), without_zeros(&before.waiting));
    }

    #[test]
    fn notes_messages_and_labels_commute(
        history in history(), id in 1..=4_i64, one in remark(), other in remark(), by in actor(), by_other in actor()
    ) {
        let disjoint = |one: &Command, other: &Command| match (one, other) {
            (Command::Label { add, remove }, Command::Label { add: more, remove: less }) => {
                add.is_disjoint(less) && remove.is_disjoint(more)
            }
            (Command::Message(one), Command::Message(other)) => {
                one.external_id.is_none() || one.external_id != other.external_id
            }
            _ => true,
        };
        prop_assume!(disjoint(&one, &other));
        let mut forth = Desk::after(&history);
        let mut back = forth.clone();
        prop_assume!(forth.run(&by, id, &one).is_ok() && forth.run(&by_other, id, &other).is_ok());
        prop_assume!(back.run(&by_other, id, &other).is_ok() && back.run(&by, id, &one).is_ok());
        prop_assert_eq!(content(forth.ticket(id)), content(back.ticket(id)));
    }

    #[test]
    fn a_message_repeated_changes_nothing(history in history(), id in 1..=4_i64, inward in any::<bool>()) {
        let mut desk = Desk::after(&history);
        let direction = if inward { Direction::In } else { Direction::Out };
        let message = message(direction, Some("again"), desk.now);
        let first = desk.run(&key(), id, &message).unwrap();
        let before = desk.clone();
        let expected = if let Verdict::Changed(_) = first { Verdict::Unchanged } else { first };
        prop_assert_eq!(desk.run(&key(), id, &message).unwrap(), expected);
        prop_assert_eq!(&desk.tickets, &before.tickets);
        prop_assert_eq!(&desk.timeline, &before.timeline);
    }

    #[test]
    fn a_decision_that_changes_nothing_says_so_and_one_that_repeats_is_unchanged_or_refused(
        history in history(), by in actor(), id in 1..=4_i64, command in command()
    ) {
        prop_assume!(!matches!(command, Command::Note { .. } | Command::Message(_) | Command::Pass { .. }));
        let mut desk = Desk::after(&history);
        drop(desk.run(&by, id, &command));
        let again = desk.run(&by, id, &command);
        prop_assert!(!matches!(again, Ok(Verdict::Changed(_))), "{:?}", again);
    }
}
