//! Customers at the desk.

use super::Staff;
use crate::desk::harness::Desk;
use crate::harness::bodies::with;
use crate::harness::{tasks, whatsapp};
use serde_json::{Value, json};

#[test]
fn a_customer_is_added_found_changed_and_archived() {
    let staff = Staff::start();
    let body = json!({ "firstName": "Ravi", "phone": "+91 90909 09090", "partnerCustomerId": "p1", "tags": ["vip"] });
    let made = staff.added("/v1/customers", &body);
    let path = format!("/v1/customers/{}", made["id"].as_str().unwrap());
    assert_eq!(staff.shown(&path), made);
    for query in ["phone=%2B919090909090", "partnerCustomerId=p1", "limit=1"] {
        let found = staff.shown(&format!("/v1/customers?{query}"));
        assert_eq!(found["items"][0]["id"], made["id"], "{query}");
    }
    let first = staff.shown("/v1/customers?limit=1");
    let rest = staff.shown(&format!("/v1/customers?cursor={}", first["next"].as_str().unwrap()));
    assert_eq!((&rest["items"][0]["id"], &rest["next"]), (&json!("5233549"), &Value::Null));
    let changed = staff.changed("PATCH", &path, &json!({ "email": "ravi@example.com", "firstName": null }));
    assert_eq!((&changed["firstName"], &changed["email"]), (&Value::Null, &json!("ravi@example.com")));
    assert_eq!(changed["assets"].as_array().unwrap().len(), 2);
    let ticket = with(tasks(), "bikCustomerId", made["id"].clone());
    assert_eq!(staff.rota.create(&ticket).status, 200);
    assert_eq!(staff.changed("DELETE", &path, &json!({}))["active"], false);
    assert_eq!(staff.rota.create(&ticket).status, 400);
    for (bad, status) in [
        (json!({ "firstName": "nobody" }), 400),
        (json!({ "phone": "12" }), 400),
        (json!({ "phone": "+918080808080", "partnerCustomerId": "p1" }), 422),
    ] {
        assert_eq!(staff.admin.post("/v1/customers", &bad).status, status, "{bad}");
    }
}

#[test]
fn erasing_a_customer_leaves_its_tickets_without_a_word_of_it() {
    let staff = Staff::start();
    staff.rota.create(&with(whatsapp(), "context", "secret order"));
    staff.rota.create(&with(tasks(), "taskTitle", "secret title"));
    staff.admin.post("/v1/tickets/1/notes", &json!({ "text": "secret note" }));
    staff.admin.post("/v1/tickets/1/messages", &json!({ "direction": "in", "text": "secret message" }));
    let erased = staff.admin.post("/v1/customers/5233549/erase", &json!({}));
    assert_eq!(erased.status, 200, "{erased}");
    assert_eq!(erased.json()["phone"], Value::Null);
    let again = staff.admin.post("/v1/customers/5233549/erase", &json!({}));
    assert_eq!(again.status, 200, "an erasure may be repeated");
    let mut told = String::new();
    for path in [
        "/v1/customers/5233549",
        "/v1/tickets/1",
        "/v1/tickets/2",
        "/v1/tickets/1/timeline",
        "/v1/audit?limit=100",
    ] {
        told += &staff.shown(path).to_string();
    }
    for word in ["secret", "Asha", "asha", "+918095495490"] {
        assert!(!told.contains(word), "{word}: {told}");
    }
    assert_eq!(staff.shown("/v1/tickets/1")["customerId"], "5233549");
    assert_eq!(
        Desk::refused(&staff.admin.post("/v1/customers/nobody/erase", &json!({}))),
        (404, "not_found".into())
    );
    staff.rota.cli(&["check"]).succeeded();
}
