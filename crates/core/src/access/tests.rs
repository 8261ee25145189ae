//! The rules of desk 3 as tables, read aloud.

use super::*;
use crate::life::desk::{Desk, TEAM, UNASSIGNED_TEAM, give, give_into, lead};
use crate::ticket::Pool;

/// Seen and done freely, seen only, hidden.
fn mark(role: Role, nearness: Nearness, act: Act, see_all: bool) -> char {
    match allowed(role, nearness, act, see_all) {
        Ok(()) => 'y',
        Err(Barred::Forbidden) => '3',
        Err(Barred::Hidden) => '4',
    }
}

/// Own, Free, Team, Member, Foreign.
fn row(role: Role, act: Act, see_all: bool) -> String {
    Nearness::ALL.into_iter().map(|nearness| mark(role, nearness, act, see_all)).collect()
}

#[test]
fn what_people_do_with_tickets_by_role_and_nearness() {
    let table = [
        (Role::Agent, Act::See, "yyy44", "yyyyy"),
        (Role::Agent, Act::Remark, "yyy44", "yyyyy"),
        (Role::Agent, Act::Claim, "yyy44", "yyyyy"),
        (Role::Agent, Act::Handle, "yy344", "yy333"),
        (Role::Agent, Act::Tend, "33344", "33333"),
        (Role::TeamManager, Act::See, "yyyy4", "yyyyy"),
        (Role::TeamManager, Act::Remark, "yyyy4", "yyyyy"),
        (Role::TeamManager, Act::Claim, "yyyy4", "yyyyy"),
        (Role::TeamManager, Act::Handle, "yyyy4", "yyyy3"),
        (Role::TeamManager, Act::Tend, "33334", "33333"),
        (Role::Admin, Act::See, "yyyyy", "yyyyy"),
        (Role::Admin, Act::Remark, "yyyyy", "yyyyy"),
        (Role::Admin, Act::Claim, "yyyyy", "yyyyy"),
        (Role::Admin, Act::Handle, "yyyyy", "yyyyy"),
        (Role::Admin, Act::Tend, "33333", "33333"),
    ];
    assert_eq!(table.len(), Role::ALL.len() * Act::ALL.len());
    for (role, act, usual, see_all) in table {
        assert_eq!(row(role, act, false), usual, "{role:?} {act:?}");
        assert_eq!(row(role, act, true), see_all, "{role:?} {act:?}, all seen");
    }
}

#[test]
fn a_key_does_all_but_claim_and_the_clock_all() {
    let desk = Desk::new(1);
    let roster = Roster::new(desk.roster.clone());
    let key = Actor::Key(KeyId::new("k").unwrap());
    for act in Act::ALL {
        let expected = if matches!(act, Act::Claim | Act::Tend) { Err(Barred::Forbidden) } else { Ok(()) };
        assert_eq!(to_ticket(&key, desk.ticket(1), act, &roster, false), expected, "{act:?}");
        assert_eq!(to_ticket(&Actor::Clock, desk.ticket(1), act, &roster, false), Ok(()), "{act:?}");
    }
}

/// Agents 1 and 3 are in one team, 2 and 4 in the other.
#[test]
fn nearness_is_of_owner_and_team() {
    let table: [(&str, &[crate::life::Command], [Nearness; 2]); 6] = [
        ("waiting, of no team", &[], [Nearness::Free, Nearness::Free]),
        ("waiting in 1's team", &[give_into(Pool::Team(TEAM))], [Nearness::Free, Nearness::Foreign]),
        (
            "unclaimed in 2's team",
            &[give_into(Pool::Team(UNASSIGNED_TEAM))],
            [Nearness::Foreign, Nearness::Free],
        ),
        ("owned by 1", &[give(1)], [Nearness::Own, Nearness::Foreign]),
        ("owned by 3, of no team", &[give(3)], [Nearness::Member, Nearness::Foreign]),
        (
            "owned by 4, of 1's team",
            &[give_into(Pool::Team(TEAM)), give(4)],
            [Nearness::Team, Nearness::Member],
        ),
    ];
    for (what, commands, expected) in table {
        let mut desk = Desk::new(1);
        for command in commands {
            desk.done(&lead(), 1, command);
        }
        let roster = Roster::new(desk.roster.clone());
        let found = [1, 2].map(|id| Nearness::of(AgentId(id), desk.ticket(1), &roster));
        assert_eq!(found, expected, "{what}");
    }
}

#[test]
fn nobody_changes_what_they_do_not_see_and_more_never_sees_less() {
    let people = Role::ALL.map(|role| Actor::Agent { id: AgentId(1), role });
    for section in Section::ALL {
        let reaches = people.each_ref().map(|person| reach(person, section));
        for reach in reaches {
            assert!(reach.changes <= reach.sees, "{section:?}");
        }
        assert!(reaches.is_sorted_by_key(|reach| reach.sees), "{section:?}");
        assert!(reaches.is_sorted_by_key(|reach| reach.changes), "{section:?}");
    }
}

#[test]
fn only_admins_save_rules_keys_channels_people_and_export_the_store() {
    use Section::{Channels, Keys, People, Rules, WholeStoreExport};
    for section in [Rules, Keys, Channels, People, WholeStoreExport] {
        for role in [Role::Agent, Role::TeamManager] {
            let person = Actor::Agent { id: AgentId(1), role };
            assert_eq!(reach(&person, section).changes, Extent::None, "{role:?} {section:?}");
        }
        assert_eq!(reach(&Actor::Key(KeyId::new("k").unwrap()), section).changes, Extent::None);
    }
}

#[test]
fn an_agent_changes_own_availability_and_a_manager_that_of_members() {
    let of = |role| reach(&Actor::Agent { id: AgentId(1), role }, Section::Availability).changes;
    assert_eq!(Role::ALL.map(of), [Extent::Own, Extent::Teams, Extent::All]);
}

#[test]
fn actors_are_stored_as_text() {
    for text in ["agent:17643", "key:k", "clock"] {
        assert_eq!(text.parse::<Actor>().unwrap().to_string(), text);
    }
    for text in ["", "agent", "agent:", "agent:x", "key:", "clock:1"] {
        assert_eq!(text.parse::<Actor>(), Err(UnknownActor), "{text}");
    }
}
