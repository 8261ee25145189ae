//! What tickets name by number, in one answer.

use super::{Staff, StoreFile};
use crate::desk::harness::Desk;
use crate::harness::{Request, Response, Rota, STORE, postgres, tasks};
use serde_json::{Value, json};

const PATH: &str = "/v1/directory";

fn told(answer: &Response) -> Value {
    assert_eq!(answer.status, 200, "{answer}");
    answer.json()
}

/// The numbers of those agents whose limit is shown.
fn limits(directory: &Value) -> Vec<i64> {
    let agents = directory["agents"].as_array().expect("agents").iter();
    agents.filter(|agent| agent.get("maxOpen").is_some()).map(|agent| agent["id"].as_i64().unwrap()).collect()
}

/// All that there is, with what was archived, by everybody.
fn is_whole(staff: &Staff) {
    staff.rota.create(&tasks());
    staff.changed("DELETE", "/v1/labels/8", &json!({}));
    staff.changed("DELETE", "/v1/agents/102", &json!({}));
    staff.changed("DELETE", "/v1/teams/32?moveTo=store", &json!({}));
    staff.changed("PATCH", "/v1/agents/101", &json!({ "maxOpen": 5 }));
    let away = json!({ "status": "away", "reason": "lunch", "until": "2099-01-01T00:00:00Z" });
    staff.changed("PUT", "/v1/agents/101/availability", &away);
    let online = json!({ "status": "online" });
    let agent = |number: i64, role: &str, availability: &Value, open: i64, limit: Value, active: bool| {
        json!({ "id": 100 + number, "name": format!("agent{number}"), "email": format!("agent{number}@shop.example"),
                "role": role, "availability": availability, "open": open, "maxOpen": limit, "active": active })
    };
    let availability = staff.shown("/v1/agents/102")["availability"].clone();
    let expected = json!({
        "store": { "id": STORE, "name": "Shop", "timezone": "Asia/Kolkata" },
        "agents": [
            agent(0, "agent", &online, 1, Value::Null, true),
            agent(1, "team_manager", &away, 0, 5.into(), true),
            agent(2, "agent", &availability, 0, Value::Null, false),
            agent(3, "admin", &online, 0, Value::Null, true),
        ],
        "teams": [
            { "id": 31, "name": "Returns", "members": [100, 101], "active": true },
            { "id": 32, "name": "Else", "members": [], "active": false },
        ],
        "labels": [
            { "id": 7, "name": "refund", "active": true },
            { "id": 8, "name": "urgent", "active": false },
        ],
        "stages": staff.shown("/v1/stages")["stages"],
    });
    assert_eq!(told(&staff.admin.get(PATH)), expected);
}

#[test]
fn the_directory_has_all_that_tickets_name_with_what_is_archived() {
    is_whole(&Staff::start());
}

#[test]
fn the_directory_is_the_same_on_postgresql() {
    let mut rota = Rota::on_postgres(postgres::Database::new(), &Staff::file(StoreFile::default()));
    rota.restart();
    is_whole(&Staff::on(rota));
}

#[test]
fn everybody_sees_the_directory_and_of_limits_what_they_see_of_agents() {
    let staff = Staff::start();
    let expected: [&[i64]; 4] = [&[100], &[100, 101], &[102], &[100, 101, 102, 103]];
    let who = [&staff.agent, &staff.manager, &staff.outsider, &staff.admin];
    for (who, expected) in who.into_iter().zip(expected) {
        let directory = told(&who.get(PATH));
        assert_eq!(limits(&directory), expected);
        let agents = who.get("/v1/agents").json();
        assert_eq!(limits(&json!({ "agents": agents["items"] })), expected, "as the list of agents has it");
    }
    let desk = Desk::start();
    assert_eq!(limits(&told(&desk.get(PATH))), [100, 101, 102], "a key sees its store");
}

#[test]
fn the_directory_is_for_who_is_signed_in_and_keys_of_the_desk() {
    let rota = Rota::start();
    rota.send(&Request::get(PATH)).is_problem(401, "unauthorized");
    rota.send(&Request::get(PATH).authorization(rota.token())).is_problem(401, "unauthorized");
}

#[test]
fn nothing_of_another_store_is_in_the_directory() {
    let staff = Staff::start();
    let before = told(&staff.admin.get(PATH));
    let another = StoreFile::default().store("another").labels([99]);
    staff.rota.apply(&another).succeeded();
    assert_eq!(told(&staff.admin.get(PATH)), before);
}
