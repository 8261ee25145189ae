use super::*;
use crate::provision::read;
use crate::store::types::CustomerRow;
use rota_core::ids::CustomerId;

mod arbitrary;
mod webhooks;

fn file(text: &str) -> StoreFile {
    read(&format!("[store]\nid = \"s\"\nname = \"S\"\n{text}"))
        .unwrap_or_else(|told| panic!("{told:?}\n{text}"))
}

fn options() -> Options {
    Options { yes: true, prune: false, now: Timestamp::UNIX_EPOCH }
}

/// What is there once the changes are written, the way a storage writes them.
fn after(current: &CurrentSettings, changes: &[Change]) -> CurrentSettings {
    let mut next = current.clone();
    for change in changes {
        match change.what.clone() {
            SettingsChange::Store(row) => next.store = Some(row),
            SettingsChange::Agent(row) => put(&mut next.agents, row, |row| row.id),
            SettingsChange::Team(row) => put(&mut next.teams, row, |row| row.id),
            SettingsChange::Label(row) => put(&mut next.labels, row, |row| row.id),
            SettingsChange::Brand(row) => {
                put(&mut next.brands, row, |row| (row.channel, row.address.clone()));
            }
            SettingsChange::Stages(stages) => next.stages = stages,
            SettingsChange::Rules(rules) => next.rules = rules,
            SettingsChange::Due { .. } | SettingsChange::Tell { .. } => {}
            SettingsChange::Key(key) => next.keys.push(key),
            SettingsChange::Webhook(row) => put(&mut next.webhooks, row, |row| row.id),
            SettingsChange::WebhookGone(id) => next.webhooks.retain(|row| row.id != id),
            SettingsChange::Customer(row) | SettingsChange::WholeCustomer(row) => {
                put(&mut next.customers, *row, |row| row.id.clone())
            }
            SettingsChange::Counter { kind, next: number } => {
                next.counters.insert(kind.into(), number);
            }
        }
    }
    next
}

/// Replaces the row of that key or adds one, in the order of the keys.
fn put<T, K: Ord>(rows: &mut Vec<T>, row: T, key: impl Fn(&T) -> K) {
    rows.retain(|old| key(old) != key(&row));
    rows.push(row);
    rows.sort_by_key(key);
}

/// Applies one file after another, each of them good.
fn applied<'a>(texts: impl IntoIterator<Item = &'a str>) -> CurrentSettings {
    texts.into_iter().fold(CurrentSettings::default(), |current, text| {
        let changes =
            decide(&file(text), options(), &current).unwrap_or_else(|told| panic!("{told:?}\n{text}"));
        after(&current, &changes)
    })
}

fn told(current: &CurrentSettings, text: &str) -> Vec<String> {
    let changes = decide(&file(text), options(), current).expect("a good file");
    changes.into_iter().map(|change| change.told).filter(|told| !told.is_empty()).collect()
}

fn refused(current: &CurrentSettings, text: &str) -> Vec<String> {
    decide(&file(text), options(), current).expect_err("a file with a problem")
}

fn agents(mails: &[&str]) -> String {
    mails
        .iter()
        .map(|mail| format!("[[agents]]\nemail = \"{mail}@s.example\"\nname = \"{mail}\"\n"))
        .collect()
}

fn labels(names: &[&str]) -> String {
    names.iter().map(|name| format!("[[labels]]\nname = \"{name}\"\n")).collect()
}

fn agent_ids(current: &CurrentSettings) -> Vec<(i64, &str, bool)> {
    current.agents.iter().map(|row| (row.id.0, row.name.as_str(), row.active)).collect()
}

#[test]
fn an_id_left_out_is_kept_by_mail_address_or_name_in_any_case() {
    let current = applied([&*agents(&["a", "b"]), &*labels(&["x", "y"])]);
    let text = "[[agents]]\nemail = \"B@S.example\"\nname = \"Bea\"\n[[agents]]\nemail = \"a@s.example\"\nname = \"a\"\n\
                [[labels]]\nname = \"Y\"\n[[labels]]\nname = \"x\"\n";
    let next = after(&current, &decide(&file(text), options(), &current).unwrap());
    assert_eq!(agent_ids(&next), [(1, "a", true), (2, "Bea", true)]);
    let names: Vec<_> = next.labels.iter().map(|row| (row.id.0, row.name.as_str())).collect();
    assert_eq!(names, [(1, "x"), (2, "Y")]);
}

#[test]
fn an_id_is_never_given_again_after_its_row_was_archived() {
    let files = [agents(&["a", "b"]), agents(&["a"]), agents(&["a", "c"]), agents(&["d"])];
    let current = applied(files.iter().map(String::as_str));
    assert_eq!(agent_ids(&current), [(1, "a", false), (2, "b", false), (3, "c", false), (4, "d", true)]);
    let back = after(&current, &decide(&file(&agents(&["b"])), options(), &current).unwrap());
    assert_eq!(agent_ids(&back)[1], (2, "b", true));
}

#[test]
fn an_id_given_by_hand_is_not_given_out_by_the_file_itself() {
    let text = "[[labels]]\nname = \"a\"\n[[labels]]\nid = 2\nname = \"b\"\n[[labels]]\nname = \"c\"\n";
    let current = applied([text]);
    let names: Vec<_> = current.labels.iter().map(|row| (row.id.0, row.name.as_str())).collect();
    assert_eq!(names, [(2, "b"), (3, "a"), (4, "c")]);
    assert_eq!(current.counters["label"], 5);
}

#[test]
fn a_row_that_keeps_its_id_may_change_its_mail_address_or_name() {
    let first =
        "[[agents]]\nid = 5\nemail = \"a@s.example\"\nname = \"A\"\n[[labels]]\nid = 7\nname = \"x\"\n";
    let second =
        "[[agents]]\nid = 5\nemail = \"b@s.example\"\nname = \"A\"\n[[labels]]\nid = 7\nname = \"y\"\n";
    assert_eq!(
        told(&applied([first]), second),
        ["~ agent 5 b@s.example: email a@s.example -> b@s.example", "~ label 7 y"]
    );
}

#[test]
fn a_second_id_for_the_same_mail_address_or_name_is_a_problem_with_its_line() {
    let current = applied([&*agents(&["a"]), &*labels(&["x"])]);
    let text =
        "[[agents]]\nid = 5\nemail = \"a@s.example\"\nname = \"A\"\n[[labels]]\nid = 7\nname = \"x\"\n";
    assert_eq!(
        refused(&current, text),
        [
            "line 6: agents.email a@s.example is agent 1 already; write id = 1",
            "line 8: labels.name \"x\" is label 1 already"
        ]
    );
}

#[test]
fn what_stands_twice_in_one_file_is_a_problem_with_its_line() {
    let text = "[[agents]]\nid = 1\nemail = \"a@s.example\"\nname = \"A\"\n\
                [[agents]]\nid = 1\nemail = \"b@s.example\"\nname = \"B\"\n\
                [[agents]]\nemail = \"A@s.example\"\nname = \"C\"\n\
                [[labels]]\nname = \"x\"\n[[labels]]\nname = \"X\"\n";
    assert_eq!(
        refused(&CurrentSettings::default(), text),
        [
            "line 9: agents.id 1 is given twice",
            "line 13: agents.email A@s.example is given twice",
            "line 18: labels.name \"X\" is given twice"
        ]
    );
}

#[test]
fn a_section_that_is_left_out_is_left_alone() {
    let text = "[assignment]\npolicy = \"unassigned\"\ndedupe_window = \"60s\"\n\
                [channels]\nwhatsapp = [\"+917827486670\"]\nemail = [\"care@s.example\"]\n\
                [[agents]]\nemail = \"a@s.example\"\nname = \"a\"\n\
                [[teams]]\nname = \"t\"\nmembers = [\"a@s.example\"]\n\
                [[labels]]\nname = \"x\"\n[[customers]]\nname = \"Asha\"\n";
    let current = applied([text]);
    assert_eq!(told(&current, ""), [""; 0]);
    assert_eq!(
        told(&current, "[channels]\nwhatsapp = []\n"),
        ["- whatsapp +917827486670 (archived)"],
        "each channel is a section of its own"
    );
}

#[test]
fn rows_made_otherwise_are_changed_where_named_and_never_archived() {
    let mut current = applied([&*agents(&["a", "b"]), "[[customers]]\nid = \"1\"\nname = \"Asha\"\n"]);
    current.agents[1].origin = Origin::Command;
    let imported = CustomerRow::new(CustomerId::new("2").unwrap(), Timestamp::UNIX_EPOCH);
    current.customers.push(CustomerRow { phone: Some("+919090909090".into()), ..imported });
    let text = format!("{}[[customers]]\nid = \"3\"\nname = \"Ravi\"\n", agents(&["a"]));
    assert_eq!(told(&current, &text), ["+ customer 3", "- customer 1 (archived)"]);
    let text = "[[customers]]\nname = \"Mina\"\nphone = \"+919090909090\"\n";
    let next = after(&current, &decide(&file(text), options(), &current).unwrap());
    let mina = next.customers.iter().find(|row| row.id.as_str() == "2").unwrap();
    assert_eq!((mina.first_name.as_deref(), mina.origin), (Some("Mina"), Origin::Command));
}

#[test]
fn a_tenth_of_a_kind_is_archived_as_it_is_and_more_only_with_yes() {
    let names: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let current = applied([&*agents(&names), &*labels(&names)]);
    let unasked = |text: &str| decide(&file(text), Options { yes: false, ..options() }, &current);
    assert!(unasked(&format!("{}{}", agents(&names[2..]), labels(&names[2..]))).is_ok());
    let told = unasked(&format!("{}{}", agents(&names[3..]), labels(&names[4..]))).unwrap_err();
    assert!(told[0].contains("3 of 20 agents") && told[1].contains("4 of 20 labels"), "{told:?}");
    assert!(told.iter().all(|told| told.contains("--yes")), "{told:?}");
}

#[test]
fn the_archived_do_not_count_towards_the_tenth() {
    let names: Vec<String> = (0..20).map(|number| format!("n{number}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let current = applied([&*labels(&names), &*labels(&names[..5])]);
    let options = Options { yes: false, ..options() };
    assert!(decide(&file(&labels(&names[..4])), options, &current).is_err(), "one of five");
}

#[test]
fn online_is_taken_from_the_file_once_and_again_for_one_who_comes_back() {
    let online = "[[agents]]\nemail = \"a@s.example\"\nname = \"a\"\nonline = true\n";
    let is_online = |files: &[&str]| applied(files.iter().copied()).agents[0].online;
    assert!(is_online(&[online]));
    assert!(is_online(&[online, &agents(&["a"])]), "apply turns no living agent off");
    assert!(!is_online(&[&agents(&["a"]), online]), "nor on");
    assert!(!is_online(&[online, &agents(&["b"])]), "the archived are off");
    assert!(is_online(&[&agents(&["a"]), &agents(&["b"]), online]));
}

#[test]
fn a_team_has_only_members_that_are_active_once_the_file_is_in_force() {
    let team = "[[teams]]\nname = \"t\"\nmembers = [\"b@s.example\", \"A@s.example\", \"a@s.example\"]\n";
    let current = applied([&*format!("{}{team}", agents(&["a", "b"]))]);
    assert_eq!(current.teams[0].members.iter().map(|id| id.0).collect::<Vec<_>>(), [1, 2]);
    let told = refused(&current, &format!("{}{team}", agents(&["a"])));
    assert!(told[0].contains("b@s.example is not an active agent"), "{told:?}");
}

#[test]
fn customers_who_share_a_phone_number_are_kept_apart_by_their_mail_addresses() {
    let asha = "[[customers]]\nname = \"Asha\"\nphone = \"+919090909090\"\nemail = \"asha@s.example\"\n";
    let ravi = "[[customers]]\nname = \"Ravi\"\nphone = \"+919090909090\"\nemail = \"ravi@s.example\"\n";
    let both = format!("{ravi}{asha}");
    let current = applied([asha, &both]);
    let names: Vec<_> =
        current.customers.iter().map(|row| (row.id.as_str(), row.first_name.as_deref())).collect();
    assert_eq!(names, [("1", Some("Asha")), ("2", Some("Ravi"))]);
    assert_eq!(told(&current, &both), [""; 0]);
}

#[test]
fn a_customer_with_an_id_may_share_a_mail_address_with_one_without() {
    let text = "[[customers]]\nid = \"5\"\nname = \"Asha\"\nemail = \"a@s.example\"\n\
                [[customers]]\nname = \"Ravi\"\nemail = \"a@s.example\"\n";
    let current = applied([text]);
    assert_eq!(told(&current, text), [""; 0]);
}

#[test]
fn customers_that_nothing_tells_apart_are_a_problem() {
    for twice in ["email = \"a@s.example\"", "phone = \"+919090909090\"", ""] {
        let text = format!("[[customers]]\nname = \"A\"\n{twice}\n[[customers]]\nname = \"A\"\n{twice}\n");
        let told = refused(&CurrentSettings::default(), &text);
        assert!(told.len() == 1 && told[0].starts_with("line 7: customers"), "{told:?}");
    }
}

/// A file with all that is about routing, and a store that it was applied to.
const ROUTING: &str = "[assignment]\nsticky = \"30d\"\nramp = { per_agent = 3, every = \"1m\" }\n\
    give_on_after = \"15m\"\nidle_after = \"30m\"\n[channels]\nemail = [\"care@s.example\"]\n\
    [[agents]]\nemail = \"a@s.example\"\nname = \"A\"\n\
    leave = [{ from = 2026-12-20T00:00:00Z, to = \"2026-12-27T00:00:00Z\" }]\n\
    [[teams]]\nname = \"Returns\"\n[[labels]]\nname = \"vip\"\n\
    [[holidays]]\ndate = 2026-12-25\nname = \"Christmas\"\n\
    [[holidays]]\ndate = \"2026-11-08\"\nname = \"Diwali\"\nteams = [\"returns\"]\n\
    [[rules]]\nname = \"Vip\"\nwhen = { labels = [\"VIP\"] }\nthen = { agent = \"A@s.example\", priority = \"high\" }\n\
    [[rules]]\nname = \"Refunds\"\non = false\nwhen = { words = [\"refund\"], brand_addresses = [\"Care@s.example\"] }\n\
    then = { team = \"returns\", labels = [\"vip\"] }\n";

#[test]
fn rules_holidays_and_leave_are_set_by_name_and_left_alone_where_the_file_has_none() {
    let current = applied([ROUTING]);
    let routing = &current.store.as_ref().unwrap().routing;
    assert_eq!(routing.sticky, Some(Duration::from_secs(30 * 86_400)));
    let teams: Vec<usize> = routing.holidays.iter().map(|holiday| holiday.teams.len()).collect();
    assert_eq!(teams, [1, 0]);
    assert_eq!(current.agents[0].leave.iter().count(), 1);
    let rules: Vec<_> =
        current.rules.iter().map(|rule| (rule.id.0, rule.on, rule.team(), rule.agent())).collect();
    assert_eq!(
        rules,
        [(1, true, None, Some(current.agents[0].id)), (2, false, Some(current.teams[0].id), None)]
    );
    assert_eq!(told(&current, ROUTING), [""; 0]);
    assert_eq!(told(&current, &agents(&["a"]).replace("\"a\"", "\"A\"")), [""; 0]);
    assert_eq!(
        told(&current, "[assignment]\n"),
        [
            "~ store s: sticky 30d -> never, ramp 3/1m -> none, give_on_after 15m -> never, idle_after 30m -> never"
        ]
    );
}

#[test]
fn a_rule_keeps_its_number_by_its_name_and_the_order_is_the_files() {
    let current = applied([ROUTING]);
    let text = "[[rules]]\nname = \"Refunds\"\nwhen = { words = [\"refund\"] }\nthen = { team = \"Returns\" }\n\
                [[rules]]\nname = \"Late\"\nthen = { priority = \"low\" }\n";
    let next = after(&current, &decide(&file(text), options(), &current).unwrap());
    assert_eq!(next.rules.iter().map(|rule| rule.id.0).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(next.counters["rule"], 4);
}

#[test]
fn what_is_wrong_with_rules_and_holidays_is_told_with_its_line() {
    let text = "[[holidays]]\ndate = 2026-12-25\nname = \"C\"\nteams = [\"nobody\"]\n\
                [[rules]]\nname = \"a\"\nthen = { team = \"nobody\" }\n";
    let told = refused(&CurrentSettings::default(), text);
    assert!(told.iter().any(|told| told.starts_with("line 7: holidays.teams \"nobody\"")), "{told:?}");
    assert!(told.iter().any(|told| told.starts_with("line 10: rules.then.team \"nobody\"")), "{told:?}");
    let text = "[[rules]]\nname = \"a\"\nthen = { priority = \"low\" }\n\
                [[rules]]\nname = \"b\"\nwhen = { customer_tags = [] }\nthen = { labels = [] }\n";
    let told = refused(&CurrentSettings::default(), text);
    let begins = [
        "line 7: rules.when.customer_tags is empty",
        "line 7: rules.then does nothing",
        "line 7: rules can never match",
    ];
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().zip(begins).all(|(told, begins)| told.starts_with(begins)), "{told:?}");
}

#[test]
fn a_rule_that_names_what_the_file_archives_stays_and_is_known_by_its_name() {
    let current = applied([ROUTING]);
    let text = format!("[[teams]]\nname = \"Other\"\n{}", &ROUTING[ROUTING.find("[[holidays]]").unwrap()..]);
    assert_eq!(told(&current, &text), ["+ team 2 Other (0 members)", "- team 1 Returns (archived)"]);
    let next = after(&current, &decide(&file(&text), options(), &current).unwrap());
    assert_eq!(told(&next, &text), [""; 0]);
}

#[test]
fn every_problem_of_a_leave_a_ramp_or_a_rule_has_its_key() {
    for (text, problem) in [
        ("[assignment]\nramp = { every = \"1m\" }", "line 5: assignment.ramp.per_agent is required"),
        ("[assignment]\nramp = { per_agent = 1 }", "line 5: assignment.ramp.every is required"),
        (
            "[assignment]\nramp = { per_agent = 1, every = \"0s\" }",
            "line 5: assignment.ramp counts in a time of 1s to 24h",
        ),
        ("[assignment]\nidle_after = \"1s\"", "line 5: assignment.idle_after must be at least 1m"),
        (
            "[[holidays]]\ndate = 2026-12-25T00:00:00Z\nname = \"a\"",
            "line 5: holidays.date must be a day such as 2026-12-25",
        ),
        ("[[rules]]\nname = \"a\"", "line 4: rules.then is required"),
        (
            "[[rules]]\nname = \"a\"\nwhen = { channels = [\"fax\"] }\nthen = { team = \"x\" }",
            "line 6: rules.when.channels must be of \"whatsapp\", \"email\" and \"tasks\"",
        ),
        (
            "[[rules]]\nname = \"a\"\nwhen = { words = [\" \"] }\nthen = { team = \"x\" }",
            "line 6: rules.when.words has one that is empty, longer than 64 characters, or has U+0000 in it",
        ),
        (
            "[[rules]]\nname = \"a\"\nwhen = { label = [\"x\"] }\nthen = { team = \"x\" }",
            "line 6: rules.when.label is not known; the nearest known one is labels",
        ),
        (
            "[[agents]]\nemail = \"a@s.example\"\nname = \"A\"\nleave = [{ from = 2026-12-20, to = 2026-12-21T00:00:00Z }]",
            "line 7: agents.leave.from must be a time with its zone such as 2026-12-20T00:00:00Z",
        ),
        (
            "[[agents]]\nemail = \"a@s.example\"\nname = \"A\"\nleave = [{ from = 2026-12-21T00:00:00Z, to = 2026-12-20T00:00:00Z }]",
            "line 7: agents.leave ends before it begins",
        ),
    ] {
        let told = read(&format!("[store]\nid = \"s\"\nname = \"S\"\n{text}\n")).unwrap_err();
        assert_eq!(told, [problem]);
    }
}
