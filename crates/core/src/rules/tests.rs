use super::*;
use crate::address::{EmailAddress, PhoneNumber};
use crate::ticket::{Contact, TaskTitle};
use jiff::Timestamp;
use jiff::tz::TimeZone;

fn rules(json: &str) -> Vec<Rule> {
    serde_json::from_str(json).unwrap()
}

fn task(title: &str) -> Contact {
    Contact::Task { title: TaskTitle::new(title).unwrap() }
}

fn mail() -> Contact {
    Contact::Email {
        brand: EmailAddress::new("Help@Shop.example").unwrap(),
        customer: Some(EmailAddress::new("c@d.example").unwrap()),
    }
}

/// Which rules match, and on what.
fn matching(rules: &[Rule], subject: Subject<'_>) -> Vec<(i64, Vec<String>)> {
    let matcher = Matcher::new(rules);
    let told = |(rule, matched): (&Rule, Matched)| {
        let on = matched.on.iter().map(|on| format!("{}={}", on.what.name(), on.value));
        (rule.id.0, on.collect())
    };
    matcher.matching(subject, &TimeZone::UTC).map(told).collect()
}

fn about(contact: &Contact) -> Subject<'_> {
    Subject { contact, labels: &[], context: None, tags: &[], now: "2026-11-23T09:30:00Z".parse().unwrap() }
}

const WORDS: &str = r#"[
    {"id": 1, "name": "Refunds", "when": {"words": ["refund", "paise wapas", "रिफंड"]}, "then": {"teamId": 3}},
    {"id": 2, "name": "Off", "on": false, "then": {"teamId": 3}},
    {"id": 3, "name": "All", "then": {"priority": "high"}}
]"#;

#[test]
fn words_are_found_whole_in_any_case_and_in_phrases() {
    let rules = rules(WORDS);
    let of =
        |title: &str| matching(&rules, about(&task(title))).into_iter().map(|(id, _)| id).collect::<Vec<_>>();
    assert_eq!(of("REFUND, please"), [1, 3]);
    assert_eq!(of("refunded already"), [3], "a word, not its beginning");
    assert_eq!(of("mere paise wapas karo"), [1, 3]);
    assert_eq!(of("wapas paise"), [3], "a phrase in its order");
    assert_eq!(of("मुझे रिफंड चाहिए"), [1, 3]);
}

#[test]
fn the_context_is_looked_at_too_and_what_was_found_is_told() {
    let contact = task("Order");
    let subject = Subject { context: Some("I want a refund"), ..about(&contact) };
    assert_eq!(matching(&rules(WORDS), subject)[0], (1, vec!["word=refund".to_owned()]));
}

#[test]
fn all_conditions_have_to_hold_and_of_each_list_one_entry() {
    let rules = rules(
        r#"[{"id": 1, "name": "Vip", "then": {"priority": "urgent"}, "when": {
            "channels": ["email"], "labels": [4, 5], "customerTags": ["VIP"],
            "brandAddresses": ["help@shop.example"], "hours": {"mon": ["09:00-10:00"]}}}]"#,
    );
    let contact = mail();
    let tags = [Box::from("vip")];
    let whole = Subject { labels: &[LabelId(9), LabelId(5)], tags: &tags, ..about(&contact) };
    let on = [
        "channel=email",
        "label=5",
        "customer_tag=vip",
        "hours=Mon 09:30",
        "brand_address=help@shop.example",
    ];
    assert_eq!(matching(&rules, whole), [(1, on.map(str::to_owned).to_vec())]);
    let other = task("x");
    let misses = [
        Subject { contact: &other, ..whole },
        Subject { labels: &[LabelId(9)], ..whole },
        Subject { tags: &[], ..whole },
        Subject { now: "2026-11-23T10:00:00Z".parse::<Timestamp>().unwrap(), ..whole },
    ];
    for miss in misses {
        assert_eq!(matching(&rules, miss), [], "{miss:?}");
    }
}

fn known() -> Known {
    Known {
        agents: [AgentId(7)].into(),
        teams: [TeamId(3)].into(),
        labels: [LabelId(4)].into(),
        brand_addresses: [
            (Channel::Email, "help@shop.example".into()),
            (Channel::Whatsapp, PhoneNumber::new("+917827486670").unwrap().as_str().into()),
        ]
        .into(),
    }
}

/// The first thing that is wrong, as `field rule`.
fn wrong(json: &str) -> String {
    let faults = known().check(&rules(json));
    faults.first().map(|fault| format!("{} {}", fault.field, fault.rule)).unwrap_or_default()
}

fn rule(id: i64, when: &str, then: &str) -> String {
    format!(r#"{{"id": {id}, "name": "Rule {id}", "when": {{{when}}}, "then": {{{then}}}}}"#)
}

#[test]
fn a_rule_that_names_nobody_does_nothing_or_cannot_match_is_told() {
    let team = r#""teamId": 3"#;
    for (when, then, told) in [
        (r#""labels": [5]"#, team, "rules[0].when.labels 5 is not an active label of this store"),
        ("", r#""teamId": 4"#, "rules[0].then.teamId 4 is not an active team of this store"),
        ("", r#""agentId": 8"#, "rules[0].then.agentId 8 is not an active agent of this store"),
        ("", r#""labels": [5]"#, "rules[0].then.labels 5 is not an active label of this store"),
        (
            r#""brandAddresses": ["a@b.example"]"#,
            team,
            "rules[0].when.brandAddresses a@b.example is not connected to this store",
        ),
        (
            r#""channels": ["tasks"], "brandAddresses": ["help@shop.example"]"#,
            team,
            "rules[0].when.brandAddresses are those of no channel in channels, so that no ticket can match",
        ),
        (
            r#""channels": []"#,
            team,
            "rules[0].when.channels is empty, so that no ticket can match; leave it out for all",
        ),
        (
            r#""words": ["…"]"#,
            team,
            "rules[0].when.words \"…\" has no word in it, so that no ticket can match",
        ),
        ("", "", "rules[0].then does nothing: name a team, an agent, labels or a priority"),
        (
            "",
            r#""teamId": 3, "agentId": 7"#,
            "rules[0].then names a team and an agent; it may name one of them",
        ),
    ] {
        assert_eq!(wrong(&format!("[{}]", rule(1, when, then))), told);
    }
    assert_eq!(wrong(&format!("[{}]", rule(1, r#""labels": [4]"#, team))), "");
}

#[test]
fn a_rule_that_an_earlier_one_hides_is_told() {
    let hidden = |wide: &str, wide_then: &str, narrow: &str| {
        wrong(&format!("[{}, {}]", rule(1, wide, wide_then), rule(2, narrow, r#""teamId": 3"#)))
    };
    let told = "rules[1] can never match: rule 1 \"Rule 1\" before it matches all that it matches";
    let team = r#""teamId": 3"#;
    for (wide, narrow) in [
        ("", r#""words": ["refund"]"#),
        (r#""words": ["refund"]"#, r#""words": ["full refund"]"#),
        (r#""channels": ["email", "tasks"]"#, r#""channels": ["tasks"], "labels": [4]"#),
        (r#""channels": ["email"]"#, r#""brandAddresses": ["help@shop.example"]"#),
        (r#""customerTags": ["vip", "gold"]"#, r#""customerTags": ["VIP"]"#),
        (r#""hours": {"mon": ["09:00-18:00"]}"#, r#""hours": {"mon": ["10:00-11:00", "12:00-13:00"]}"#),
    ] {
        assert_eq!(hidden(wide, team, narrow), told, "{wide} hides {narrow}");
    }
    for (wide, narrow) in [
        (r#""words": ["refund"]"#, ""),
        (r#""words": ["full refund"]"#, r#""words": ["refund"]"#),
        (r#""labels": [4]"#, r#""channels": ["tasks"]"#),
        (r#""hours": {"mon": ["10:00-11:00"]}"#, r#""hours": {"mon": ["09:00-18:00"]}"#),
    ] {
        assert_eq!(hidden(wide, team, narrow), "", "{wide} does not hide {narrow}");
    }
    assert_eq!(hidden("", r#""agentId": 7"#, ""), "", "one that leads to an agent may be passed by");
}
