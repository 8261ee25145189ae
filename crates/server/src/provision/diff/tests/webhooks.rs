//! Endpoints of store files.

use super::*;
use crate::store::webhooks::WebhookRow;
use rota_core::ids::WebhookId;

fn hooks(urls: &[&str]) -> String {
    urls.iter().map(|url| format!("[[webhooks]]\nurl = \"https://{url}.example/\"\n")).collect()
}

/// One that the command line made, switched off and rotated.
fn by_command(current: &mut CurrentSettings) {
    let made = applied([&*hooks(&["x"])]).webhooks.remove(0);
    current.webhooks.push(WebhookRow {
        id: WebhookId(9),
        active: false,
        disabled_why: Some("it answered 410".into()),
        generation: 3,
        origin: Origin::Command,
        ..made
    });
}

#[test]
fn an_endpoint_is_found_by_its_address_and_keeps_its_secret() {
    let mut current = applied([&*hooks(&["a", "b"])]);
    current.webhooks[0].generation = 4;
    let text = "[[webhooks]]\nurl = \"https://b.example/\"\ntypes = [\"ticket.closed\"]\n[[webhooks]]\nid = 1\n\
                url = \"https://c.example/\"\n";
    assert_eq!(told(&current, text), ["~ webhook 2 https://b.example/", "~ webhook 1 https://c.example/"]);
    let next = after(&current, &decide(&file(text), options(), &current).unwrap());
    assert_eq!(next.webhooks[0].generation, 4);
    assert_eq!(told(&next, text), [""; 0]);
}

#[test]
fn one_that_is_left_out_is_removed_where_a_file_made_it_or_by_pruning() {
    let mut current = applied([&*hooks(&["a", "b"])]);
    by_command(&mut current);
    assert_eq!(told(&current, &hooks(&["a"])), ["- webhook 2 https://b.example/ (removed)"]);
    assert_eq!(told(&current, ""), [""; 0], "the file has no such section");
    let pruned = decide(&file(&hooks(&["a"])), Options { prune: true, ..options() }, &current).unwrap();
    assert_eq!(after(&current, &pruned).webhooks.len(), 1);
    let asked = decide(&file(&hooks(&["a"])), Options { yes: false, ..options() }, &current).unwrap_err();
    assert!(asked[0].contains("1 of 3 webhooks"), "{asked:?}");
}

#[test]
fn one_that_was_switched_off_stays_off_unless_the_file_says_otherwise() {
    let mut current = CurrentSettings::default();
    by_command(&mut current);
    let text = "[[webhooks]]\nid = 9\nurl = \"https://x.example/\"\n";
    let current = after(&current, &decide(&file(text), options(), &current).unwrap());
    assert!(!current.webhooks[0].active);
    let changes = decide(&file(&format!("{text}active = true\n")), options(), &current).unwrap();
    let next = after(&current, &changes);
    let row = &next.webhooks[0];
    assert_eq!((row.active, &row.disabled_why, row.generation), (true, &None, 3));
    assert_eq!(row.origin, Origin::Command, "it is not the file's");
}

#[test]
fn what_is_wrong_with_endpoints_is_told_with_its_line() {
    let none = CurrentSettings::default();
    let twice = "[[webhooks]]\nid = 1\nurl = \"https://a.example/\"\n[[webhooks]]\nid = 1\nurl = \"https://b.example/\"\n";
    assert_eq!(refused(&none, twice), ["line 7: webhooks.id 1 is given twice"]);
    let many: Vec<String> = (0..51).map(|number| format!("h{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(
        refused(&none, &hooks(&many)),
        ["line 4: webhooks are more than the 50 that a store may have"]
    );
    let wrong = read(
        "[store]\nid = \"s\"\nname = \"S\"\n[[webhooks]]\nurl = \"ftp://a\"\nformat = \"xml\"\ntypes = [\"ticket.eaten\"]\n",
    );
    let told = wrong.unwrap_err().join("\n");
    for part in ["line 5: webhooks.url", "line 6: webhooks.format", "line 7: webhooks.types"] {
        assert!(told.contains(part), "{told}");
    }
}
