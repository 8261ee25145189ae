use super::*;
use proptest::prelude::*;

const NOW: Timestamp = Timestamp::constant(1_800_000_000, 0);

fn person(id: i64, role: Role, teams: &[i64]) -> Person {
    let teams = teams.iter().copied().map(TeamId).collect();
    Person { id: AgentId(id), role, teams, choice: None, mailed_at: None }
}

fn choosing(occasions: &[Occasion]) -> Person {
    Person { choice: Some(occasions.iter().copied().collect()), ..person(1, Role::Agent, &[7]) }
}

fn assigned(to: i64, by: Option<i64>) -> Happening {
    Happening::Assigned { to: AgentId(to), by: by.map(AgentId) }
}

fn mentioned(agents: &[i64], by: i64) -> Happening {
    Happening::Mentioned { agents: agents.iter().copied().map(AgentId).collect(), by: Some(AgentId(by)) }
}

fn waiting(team: Option<i64>) -> Happening {
    Happening::WaitingTooLong { team: team.map(TeamId) }
}

fn notice(occasion: Occasion, ticket: i64) -> Notice {
    let ticket = TicketId(ticket);
    Notice { occasion, ticket, url: format!("https://desk.example/t/{ticket}"), content: None }
}

#[test]
fn an_occasion_is_found_by_its_name() {
    for occasion in Occasion::ALL {
        assert_eq!(Occasion::from_name(occasion.name()), Some(occasion));
    }
    assert_eq!(Occasion::from_name("closed"), None);
}

#[test]
fn who_has_not_chosen_hears_of_mentions_and_leads_of_what_waits() {
    let [agent, manager, admin] = Role::ALL.map(|role| person(1, role, &[7]));
    for one in [&agent, &manager, &admin] {
        assert!(mentioned(&[1, 2], 2).is_for(one));
        assert!(!assigned(1, None).is_for(one));
    }
    assert_eq!([&agent, &manager, &admin].map(|one| waiting(Some(7)).is_for(one)), [false, true, true]);
    assert_eq!([&agent, &manager, &admin].map(|one| waiting(Some(8)).is_for(one)), [false, false, true]);
    assert_eq!([&agent, &manager, &admin].map(|one| waiting(None).is_for(one)), [false, true, true]);
}

#[test]
fn what_was_chosen_is_what_is_told() {
    let all = choosing(&Occasion::ALL);
    for (happening, occasion) in [
        (assigned(1, Some(2)), Occasion::Assigned),
        (mentioned(&[1], 2), Occasion::Mentioned),
        (waiting(Some(7)), Occasion::WaitingTooLong),
    ] {
        assert_eq!(happening.occasion(), occasion);
        assert!(happening.is_for(&all) && happening.is_for(&choosing(&[occasion])));
        assert!(!happening.is_for(&choosing(&[])));
    }
    assert!(!waiting(Some(8)).is_for(&all) && !waiting(None).is_for(&all), "not theirs to see to");
    assert!(!assigned(2, None).is_for(&all) && !mentioned(&[2], 3).is_for(&all));
}

#[test]
fn nobody_is_told_of_their_own_deed() {
    let all = choosing(&Occasion::ALL);
    assert!(!assigned(1, Some(1)).is_for(&all));
    assert!(!mentioned(&[1, 2], 1).is_for(&all));
}

#[test]
fn an_agent_is_mailed_at_once_and_then_once_a_minute() {
    let mut one = person(1, Role::Agent, &[]);
    assert_eq!(one.mailed_next(NOW), NOW);
    one.mailed_at = Some(NOW);
    assert_eq!(one.mailed_next(NOW), later(NOW, PACE));
    assert_eq!(one.mailed_next(later(NOW, PACE * 2)), later(NOW, PACE * 2));
}

#[test]
fn without_content_a_mail_says_number_kind_and_page() {
    let mail = Mail::of(&[notice(Occasion::Assigned, 12)]);
    assert_eq!(mail.subject, "Ticket 12 was assigned to you");
    let said = "Ticket 12 was assigned to you.\nhttps://desk.example/t/12\n\n-- \n\
                Which mail you get is your own setting at the desk.\n";
    assert_eq!(mail.text, said);
}

#[test]
fn what_comes_together_is_counted_and_told_in_order() {
    let [a, b, c] = Occasion::ALL;
    let mail = Mail::of(&[notice(b, 1), notice(a, 2), notice(b, 3), notice(c, 4), notice(a, 5)]);
    assert_eq!(mail.subject, "Tickets: 2 assigned to you, 2 mentions of you, 1 waiting too long");
    let numbers: Vec<_> = mail.text.lines().filter_map(|line| line.rsplit_once("/t/")).collect();
    assert_eq!(numbers.iter().map(|(_, id)| *id).collect::<Vec<_>>(), ["1", "2", "3", "4", "5"]);
}

#[test]
fn content_stands_below_the_page_and_its_title_in_the_subject() {
    let content = Content {
        title: Some("Returned\r\nBcc: all@shop.example".into()),
        customer: Some("Asha Rao".into()),
        by: Some("Ravi".into()),
        text: Some("look\nhere".into()),
    };
    let mail = Mail::of(&[Notice { content: Some(content), ..notice(Occasion::Mentioned, 3) }]);
    assert_eq!(mail.subject, "You were mentioned on ticket 3: Returned  Bcc: all@shop.example");
    let said =
        "/t/3\nReturned  Bcc: all@shop.example\nCustomer: Asha Rao\nFrom: Ravi\n> look\n> here\n\n-- \n";
    assert!(mail.text.contains(said), "{}", mail.text);
}

#[test]
fn refusals_are_final_but_for_those_of_this_servers_account() {
    assert!([550, 551, 552, 553, 554, 501].iter().all(|status| is_refused(*status)));
    assert!(![421, 450, 451, 452, 250, 530, 535, 600].iter().any(|status| is_refused(*status)));
}

proptest! {
    #[test]
    fn a_subject_is_one_line_and_texts_are_bounded(title in "\\PC{0,300}|.{0,300}", text in ".{0,4000}") {
        let content = Content { title: Some(title), text: Some(text), ..Content::default() };
        let mail = Mail::of(&[Notice { content: Some(content), ..notice(Occasion::Assigned, 1) }]);
        prop_assert!(!mail.subject.chars().any(char::is_control));
        prop_assert!(mail.subject.chars().count() < 200);
    }
}
