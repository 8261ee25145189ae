//! `/v1/rules`: who may what with them, what is wrong with a list, where tickets go by them.

use super::{go, owner, set, why};
use crate::desk::harness::Desk;
use crate::desk::settings::{Staff, conditional};
use crate::harness::bodies::{for_agent, with_context};
use crate::harness::{Response, STORE, StoreFile, tasks};
use serde_json::{Value, json};

const RULES: &str = "/v1/rules";

fn list(rules: Value) -> Value {
    json!({ "rules": rules })
}

/// Refunds go to team 31 with a label and a priority.
fn refunds() -> Value {
    json!({
        "name": "Refunds", "when": { "words": ["refund"] },
        "then": { "teamId": 31, "labels": [7], "priority": "high" },
    })
}

fn trial(rules: Value, ticket: Value) -> Value {
    json!({ "rules": rules, "ticket": ticket })
}

/// Fields and rules of a refusal.
fn faults(response: &Response) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let errors = response.json()["errors"].take();
    errors.as_array().unwrap().iter().map(|error| (text(&error["field"]), text(&error["detail"]))).collect()
}

#[test]
fn agents_see_no_rules_leads_draft_them_and_admins_save_them() {
    let staff = Staff::start();
    let body = list(json!([refunds()]));
    let trying = trial(json!([refunds()]), with_context("a refund"));
    let by = [&staff.agent, &staff.manager, &staff.outsider, &staff.admin];
    assert_eq!(by.map(|who| who.get(RULES).status), [404, 200, 404, 200]);
    assert_eq!(by.map(|who| who.post("/v1/rules/check", &body).status), [404, 200, 404, 200]);
    assert_eq!(by.map(|who| who.post("/v1/rules/try", &trying).status), [404, 200, 404, 200]);
    assert_eq!(by.map(|who| conditional(who, "PUT", RULES, &body).status), [404, 403, 404, 200]);
}

#[test]
fn a_key_sees_rules_and_neither_drafts_nor_saves_them() {
    let desk = Desk::start();
    let shown = desk.get(RULES);
    assert_eq!((shown.status, shown.json()), (200, list(json!([]))));
    let body = list(json!([refunds()]));
    assert_eq!(desk.post("/v1/rules/check", &body).status, 404);
    assert_eq!(desk.post("/v1/rules/try", &trial(json!([]), tasks())).status, 404);
    let put = desk.request("PUT", RULES).header("If-Match", shown.header("etag").unwrap()).json(&body);
    assert_eq!(desk.rota.send(&put).status, 403);
}

#[test]
fn rules_are_changed_as_they_were_seen_or_not_at_all() {
    let staff = Staff::start();
    let body = list(json!([refunds()]));
    let put = |tag: Option<&str>| {
        let request = staff.admin.request("PUT", RULES).json(&body);
        staff.admin.send(&tag.map_or_else(|| request.clone(), |tag| request.clone().header("If-Match", tag)))
    };
    assert_eq!(Desk::refused(&put(None)), (428, "if_match_required".into()));
    let first = staff.admin.get(RULES).header("etag").unwrap().to_owned();
    assert_eq!(put(Some(&first)).status, 200);
    assert_eq!(Desk::refused(&put(Some(&first))), (412, "stale".into()));
    let shown = staff.shown(RULES);
    let expected = json!({ "id": 1, "name": "Refunds", "on": true, "when": { "words": ["refund"] },
        "then": { "teamId": 31, "labels": [7], "priority": "high" } });
    assert_eq!(shown["rules"], json!([expected]));
    assert_eq!(staff.changed("PUT", RULES, &shown), shown);
    let audit = staff.shown("/v1/audit?subject=rules");
    assert_eq!(audit["items"].as_array().unwrap().len(), 1, "the second changed nothing: {audit}");
    let other = json!({ "name": "Mail", "when": { "channels": ["email"] }, "then": { "priority": "low" } });
    let both = staff.changed("PUT", RULES, &list(json!([other, expected])));
    assert_eq!(
        (&both["rules"][0]["id"], &both["rules"][1]["id"]),
        (&json!(2), &json!(1)),
        "in their new order"
    );
    let none = staff.changed("PUT", RULES, &list(json!([])));
    let again = staff.changed("PUT", RULES, &body);
    assert_eq!((none, &again["rules"][0]["id"]), (list(json!([])), &json!(3)), "no number twice");
}

#[test]
fn everything_that_is_wrong_with_a_list_is_told_with_its_field() {
    let staff = Staff::start();
    let rules = json!([
        { "name": "All", "then": { "priority": "low" } },
        { "name": "Names", "when": { "labels": [99], "brandAddresses": ["else@shop.example"] }, "then": { "teamId": 99 } },
        { "name": "Nobody", "then": { "agentId": 999, "labels": [98] } },
        { "name": "Nothing", "when": { "channels": [], "words": ["!"] }, "then": {} },
        { "name": "Both", "when": { "channels": ["tasks"], "brandAddresses": ["care@shop.example"] },
          "then": { "teamId": 31, "agentId": 100 } },
    ]);
    let expected = [
        ("rules[1].when.labels", "99 is not an active label"),
        ("rules[1].when.brandAddresses", "else@shop.example is not connected"),
        ("rules[1].then.teamId", "99 is not an active team"),
        ("rules[1]", "can never match: rule 1 \"All\" before it"),
        ("rules[2].then.labels", "98 is not an active label"),
        ("rules[2].then.agentId", "999 is not an active agent"),
        ("rules[2]", "can never match"),
        ("rules[3].when.channels", "is empty"),
        ("rules[3].when.words", "\"!\" has no word in it"),
        ("rules[3].then", "does nothing"),
        ("rules[3]", "can never match"),
        ("rules[4].when.brandAddresses", "are those of no channel in channels"),
        ("rules[4].then", "names a team and an agent"),
        ("rules[4]", "can never match"),
    ];
    let check = staff.manager.post("/v1/rules/check", &list(rules.clone()));
    let saved = conditional(&staff.admin, "PUT", RULES, &list(rules));
    for answer in [&check, &saved] {
        assert_eq!(answer.status, 422, "{answer}");
        let told = faults(answer);
        assert_eq!(told.len(), expected.len(), "{answer}");
        for ((field, rule), (expected, begins)) in told.iter().zip(expected) {
            assert!(field == expected && rule.starts_with(begins), "{field} {rule}, not {expected} {begins}");
        }
    }
    let unknown = list(json!([{ "id": 9, "name": "x", "then": { "priority": "low" } }]));
    for answer in
        [conditional(&staff.admin, "PUT", RULES, &unknown), staff.manager.post("/v1/rules/check", &unknown)]
    {
        assert_eq!(
            faults(&answer),
            [("rules[0].id".into(), "9 is no rule of this store".into())],
            "{answer}"
        );
    }
    for (rule, field) in [
        (json!({ "then": { "priority": "low" } }), "rules[0]"),
        (json!({ "name": "x" }), "rules[0]"),
        (json!({ "name": "x", "if": {}, "then": {} }), "rules[0].if"),
        (json!({ "name": "x", "then": { "priority": "top" } }), "rules[0].then.priority"),
        (json!({ "name": "x", "when": { "words": [" "] }, "then": {} }), "rules[0].when.words"),
        (json!({ "name": "x", "when": { "hours": { "monday": [] } }, "then": {} }), "rules[0].when.hours"),
    ] {
        let answer = staff.admin.post("/v1/rules/check", &list(json!([rule])));
        assert_eq!(answer.status, 400, "{rule}: {answer}");
        assert!(faults(&answer)[0].0.starts_with(field), "{rule}: {answer}");
    }
}

#[test]
fn a_rule_gives_team_labels_and_priority_and_the_receipt_says_what_it_matched_on() {
    let staff = Staff::start();
    staff.changed("PUT", RULES, &list(json!([refunds()])));
    let answer = staff.rota.create(&with_context("I want my REFUND now"));
    assert_eq!((answer.agent(), answer.team()), (Some(100), Some(31)), "{answer}");
    let ticket = staff.shown("/v1/tickets/1");
    assert_eq!((&ticket["labelIds"], &ticket["priority"]), (&json!([7]), &json!("high")));
    let decision = why(&staff.admin, 1);
    let rule = json!({ "id": 1, "name": "Refunds", "matched": [{ "what": "word", "value": "refund" }] });
    assert_eq!((&decision["rule"], &decision["route"]), (&rule, &json!("pool")));
    assert_eq!(decision["pool"]["id"], 31);
    let text = "Rule \"Refunds\" matched (word refund). agent0 was next in the pool of team Returns.";
    assert_eq!(decision["text"], text);
    let other = staff.rota.create(&tasks());
    assert_eq!((other.agent(), other.team()), (Some(100), None), "the store's turn was not moved");
    assert_eq!(why(&staff.admin, 2)["rule"], Value::Null);
}

#[test]
fn who_is_asked_for_goes_before_the_rules() {
    let staff = Staff::start();
    let all = json!({ "name": "All", "then": { "teamId": 32, "priority": "urgent" } });
    staff.changed("PUT", RULES, &list(json!([all])));
    assert_eq!(staff.rota.assigned(&for_agent("agent1@shop.example")), Some(101));
    assert_eq!(staff.shown("/v1/tickets/1")["priority"], "normal");
    assert_eq!(why(&staff.admin, 1)["route"], "asked");
}

#[test]
fn the_first_rule_that_matches_ends_the_search_also_where_it_names_nobody() {
    let staff = Staff::start();
    let urgent = json!({ "name": "Urgent", "when": { "words": ["now"] }, "then": { "priority": "urgent" } });
    let off = json!({ "name": "Off", "on": false, "then": { "teamId": 32 } });
    staff.changed("PUT", RULES, &list(json!([off, urgent, refunds()])));
    let answer = staff.rota.create(&with_context("my refund, now"));
    assert_eq!((answer.agent(), answer.team()), (Some(100), None), "{answer}");
    let ticket = staff.shown("/v1/tickets/1");
    assert_eq!((&ticket["priority"], &ticket["labelIds"]), (&json!("urgent"), &json!([])));
}

#[test]
fn a_rule_that_leads_to_an_agent_holds_only_while_they_can_take_it() {
    let staff = Staff::start();
    let vip = json!({ "name": "Vip", "when": { "words": ["refund"] }, "then": { "agentId": 102 } });
    staff.changed("PUT", RULES, &list(json!([vip, refunds()])));
    let refund = with_context("a refund");
    assert_eq!(staff.rota.assigned(&refund), Some(102));
    let decision = why(&staff.admin, 1);
    assert_eq!((&decision["route"], &decision["turnAfter"]), (&json!("rule"), &Value::Null));
    assert_eq!(decision["rule"]["name"], "Vip");
    go(&staff, 102, "away");
    let answer = staff.rota.create(&refund);
    assert_eq!((answer.agent(), answer.team()), (Some(100), Some(31)), "the next rule");
    let decision = why(&staff.admin, 2);
    assert_eq!(decision["rule"]["name"], "Refunds");
    let skipped = json!([{ "ruleId": 1, "agentId": 102, "name": "agent2", "reason": "offline" }]);
    assert_eq!(decision["skipped"], skipped);
    let text = decision["text"].as_str().unwrap();
    assert!(text.contains("Rule 1 leads to agent2, who is offline."), "{text}");
}

#[test]
fn a_rule_that_names_what_was_archived_is_passed_by_and_may_stay() {
    let staff = Staff::start();
    let else_ = json!({ "name": "Else", "when": { "words": ["now"] }, "then": { "teamId": 32 } });
    let agent = json!({ "name": "Agent", "when": { "words": ["refund"] }, "then": { "agentId": 102 } });
    staff.changed("PUT", RULES, &list(json!([else_, agent, refunds()])));
    staff.changed("DELETE", "/v1/teams/32?moveTo=store", &json!({}));
    staff.changed("DELETE", "/v1/agents/102", &json!({}));
    staff.changed("DELETE", "/v1/labels/7", &json!({}));
    let answer = staff.rota.create(&with_context("a refund, now"));
    assert_eq!((answer.agent(), answer.team()), (Some(100), Some(31)), "{answer}");
    assert_eq!(staff.shown("/v1/tickets/1")["labelIds"], json!([]));
    assert_eq!(why(&staff.admin, 1)["skipped"][0]["reason"], "inactive");
    let shown = staff.shown(RULES);
    assert_eq!(staff.changed("PUT", RULES, &shown), shown);
    let export = staff.rota.cli(&["export-store", "--store", STORE]).succeeded().stdout;
    assert_eq!(staff.rota.apply_text(&export, &["--dry-run"]).succeeded().stdout.trim_end(), "no changes");
    staff.rota.cli(&["check"]).succeeded();
}

#[test]
fn rules_look_at_all_that_they_can() {
    let staff = Staff::start();
    staff.changed("PATCH", "/v1/customers/5233549", &json!({ "tags": ["Gold"] }));
    let all_week =
        ["mon", "tue", "wed", "thu", "fri", "sat", "sun"].map(|day| (day.to_owned(), json!(["00:00-24:00"])));
    let hours: serde_json::Map<String, Value> = all_week.into_iter().collect();
    let every = json!({
        "name": "Every", "then": { "teamId": 31 },
        "when": { "channels": ["email"], "labels": [7, 8], "words": ["broken lamp"], "customerTags": ["gold"],
                  "hours": hours, "brandAddresses": ["Care@shop.example"] },
    });
    let saved = staff.changed("PUT", RULES, &list(json!([every])));
    assert_eq!(saved["rules"][0]["when"]["brandAddresses"], json!(["care@shop.example"]));
    let mut body = crate::harness::bodies::email();
    body["labelIds"] = json!([8]);
    body["context"] = "A broken  lamp!".into();
    assert_eq!(staff.rota.create(&body).team(), Some(31));
    let matched = why(&staff.admin, 1)["rule"]["matched"].take();
    let what: Vec<&Value> = matched.as_array().unwrap().iter().map(|one| &one["what"]).collect();
    assert_eq!(what, ["channel", "label", "word", "customer_tag", "hours", "brand_address"], "{matched}");
    body["labelIds"] = json!([]);
    assert_eq!(staff.rota.create(&body).team(), None, "all have to hold");
}

#[test]
fn trying_a_draft_writes_nothing() {
    let staff = Staff::with(StoreFile::default());
    let before = staff.shown(RULES);
    let tried = staff.manager.post("/v1/rules/try", &trial(json!([refunds()]), with_context("a refund")));
    assert_eq!(tried.status, 200, "{tried}");
    let answer = tried.json();
    assert_eq!((&answer["ticket"]["id"], &answer["ticket"]["teamId"]), (&json!(0), &json!(31)));
    assert_eq!(
        (&answer["receipt"]["chosen"], &answer["receipt"]["rule"]["name"]),
        (&json!(100), &json!("Refunds"))
    );
    assert!(staff.rota.tickets().is_empty());
    assert_eq!(staff.shown(RULES), before);
    assert_eq!(
        staff.rota.assigned(&with_context("a refund")),
        Some(100),
        "no rule is in force, no turn was moved"
    );
    assert_eq!(staff.shown("/v1/tickets/1")["teamId"], Value::Null);
    let wrong = staff.manager.post("/v1/rules/try", &trial(json!([]), json!({ "channel": "TASKS" })));
    let fields: Vec<String> = faults(&wrong).into_iter().map(|(field, _)| field).collect();
    assert_eq!(
        (wrong.status, fields),
        (422, vec!["ticket.bikCustomerId".into(), "ticket.taskTitle".into()]),
        "{wrong}"
    );
    let unfit = trial(json!([{ "name": "x", "then": {} }]), tasks());
    let wrong = staff.manager.post("/v1/rules/try", &unfit);
    assert_eq!((wrong.status, &*faults(&wrong)[0].0), (422, "rules[0].then"), "{wrong}");
    staff.rota.cli(&["check"]).succeeded();
}

#[test]
fn a_rule_goes_before_the_agent_who_had_the_last_ticket() {
    let staff = Staff::start();
    set(&staff, json!({ "sticky": "1d" }));
    let vip = json!({ "name": "Vip", "when": { "words": ["refund"] }, "then": { "agentId": 102 } });
    staff.changed("PUT", RULES, &list(json!([vip])));
    assert_eq!(staff.rota.assigned(&tasks()), Some(100));
    assert_eq!(staff.rota.assigned(&with_context("refund")), Some(102));
    assert_eq!(staff.rota.assigned(&tasks()), Some(102), "who had the last");
    go(&staff, 102, "away");
    assert_eq!(
        staff.rota.assigned(&with_context("refund")),
        Some(101),
        "neither the rule nor the last agent"
    );
    assert_eq!(owner(&staff, 4), Some(101));
    let skipped = why(&staff.admin, 4)["skipped"].take();
    assert_eq!((&skipped[0]["ruleId"], &skipped[1]["ruleId"]), (&json!(1), &Value::Null), "{skipped}");
}
