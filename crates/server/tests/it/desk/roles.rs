//! Who sees which tickets, and who may do what with them (desk 3).

use crate::harness::bodies::{for_agent, for_team};
use crate::harness::{Agent, Connection, Rota, SignedIn, StoreFile, Team, at_once, postgres, tasks};
use serde_json::{Value, json};

/// Agents 0 (agent) and 1 (team manager) are in the team, 2 (agent) is in none, 3 is an admin.
fn file() -> StoreFile {
    let roles = ["agent", "team_manager", "agent", "admin"];
    let agents = (0..).zip(roles).map(|(number, role)| Agent::online(number).role(role));
    StoreFile::default().agents(agents).teams([Team::new(31, "Returns", &[0, 1]).policy("unassigned")])
}

struct Staff {
    rota: Rota,
    agent: SignedIn,
    manager: SignedIn,
    outsider: SignedIn,
    admin: SignedIn,
}

/// Ticket 1 is the outsider's, 2 the agent's, 3 nobody's and the team's, 4 the manager's and the team's.
fn staff() -> Staff {
    let rota = Rota::with(file());
    rota.create(&for_agent("agent2@shop.example"));
    rota.create(&for_agent("agent0@shop.example"));
    rota.create(&for_team(31));
    rota.create(&for_team(31));
    let sign_in = |agent: i64| rota.sign_in(&format!("agent{agent}@shop.example"));
    let [agent, manager, outsider, admin] = [0, 1, 2, 3].map(sign_in);
    let given = admin.post("/v1/tickets/4/assign", &json!({ "agentId": 101 }));
    assert_eq!(given.status, 200, "{given}");
    Staff { rota, agent, manager, outsider, admin }
}

#[test]
fn what_one_may_not_see_is_not_found() {
    let Staff { rota: _rota, agent, manager, outsider, admin } = staff();
    let seen = |who: &SignedIn| {
        [1, 2, 3, 4].map(|ticket| {
            let statuses = ["", "/timeline", "/why"].map(|part| {
                let answer = who.get(&format!("/v1/tickets/{ticket}{part}"));
                answer.status
            });
            assert!(statuses.iter().all(|status| *status == statuses[0]), "{statuses:?}");
            statuses[0]
        })
    };
    assert_eq!(seen(&agent), [404, 200, 200, 200]);
    assert_eq!(seen(&manager), [404, 200, 200, 200]);
    assert_eq!(seen(&outsider), [200, 404, 404, 404]);
    assert_eq!(seen(&admin), [200; 4]);
}

#[test]
fn what_one_sees_but_may_not_do_is_forbidden() {
    let Staff { rota: _rota, agent, manager, outsider, admin } = staff();
    let (close, note) = (json!({}), json!({ "text": "seen" }));
    for (who, name, ticket, command, body, status) in [
        (&agent, "agent", 1, "close", &close, 404),
        (&agent, "agent", 4, "close", &close, 403),
        (&agent, "agent", 4, "notes", &note, 200),
        (&agent, "agent", 3, "priority", &json!({ "priority": "high" }), 200),
        (&outsider, "outsider", 3, "claim", &close, 404),
        (&outsider, "outsider", 4, "notes", &note, 404),
        (&manager, "manager", 2, "priority", &json!({ "priority": "low" }), 200),
        (&manager, "manager", 1, "close", &close, 404),
        (&admin, "admin", 1, "close", &close, 200),
        (&agent, "agent", 2, "close", &close, 200),
    ] {
        let answer = who.post(&format!("/v1/tickets/{ticket}/{command}"), body);
        assert_eq!(answer.status, status, "{name} on {ticket}: {command}: {answer}");
    }
}

#[test]
fn a_store_may_let_agents_see_all_tickets_but_not_handle_them() {
    let Staff { rota, agent, .. } = staff();
    rota.apply_text(&format!("{}\n[desk]\nagents_see_all = true\n", file().render()), &[]).succeeded();
    assert_eq!(agent.get("/v1/tickets/1").status, 200);
    assert_eq!(agent.post("/v1/tickets/1/notes", &json!({ "text": "seen" })).status, 200);
    assert_eq!(agent.post("/v1/tickets/1/close", &json!({})).status, 403);
}

#[test]
fn who_gives_a_ticket_away_can_take_that_back_without_seeing_it_any_more() {
    let Staff { rota: _rota, outsider, .. } = staff();
    let given = outsider.post("/v1/tickets/1/assign", &json!({ "teamId": 31 }));
    assert_eq!(given.status, 200, "{given}");
    assert_eq!(outsider.get("/v1/tickets/1").status, 404);
    let back = outsider.post("/v1/tickets/1/undo", &json!({ "entry": given.json()["entry"] }));
    assert_eq!((back.status, &back.json()["ticket"]["agentId"]), (200, &json!(102)), "{back}");
}

/// Claims ticket 1 by both at once; answers with who was told what.
fn claims(claimants: [SignedIn; 2]) -> Vec<(u16, Value)> {
    at_once(2, |number| {
        let claimant = &claimants[number];
        let answer = claimant.post("/v1/tickets/1/claim", &json!({}));
        let body = answer.json();
        (
            answer.status,
            if answer.status == 200 { body["ticket"]["agentId"].clone() } else { body["ownerId"].clone() },
        )
    })
}

fn assert_one_has_it(told: &[(u16, Value)]) {
    let mut statuses: Vec<u16> = told.iter().map(|(status, _)| *status).collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{told:?}");
    assert_eq!(told[0].1, told[1].1, "both are told whose it is");
}

#[test]
fn of_two_of_a_team_who_claim_a_ticket_at_once_one_gets_it_and_the_other_is_told_who() {
    let rota = Rota::with(file());
    rota.create(&for_team(31));
    let claimants = ["agent0@shop.example", "agent1@shop.example"].map(|agent| rota.sign_in(agent));
    assert_one_has_it(&claims(claimants));
    rota.cli(&["check"]).succeeded();
}

#[test]
fn of_two_of_a_team_who_claim_a_ticket_at_once_from_two_nodes_one_gets_it() {
    let mut rota = Rota::on_postgres(postgres::Database::new(), &file());
    rota.restart();
    let other = rota.node(&[]);
    assert_eq!(Connection::open(other.address()).call(&rota.request().json(&for_team(31))).status, 200);
    let [one, two] = ["agent0@shop.example", "agent1@shop.example"].map(|agent| rota.sign_in(agent));
    assert_one_has_it(&claims([one, two.at(other.address())]));
    rota.cli(&["check"]).succeeded();
}

#[test]
fn a_ticket_that_somebody_else_has_claimed_is_out_of_sight_for_who_is_in_no_team_with_them() {
    let rota = Rota::with(file().policy("unassigned"));
    rota.create(&tasks());
    let [first, second] = ["agent0@shop.example", "agent2@shop.example"].map(|agent| rota.sign_in(agent));
    assert_eq!(second.get("/v1/tickets/1").status, 200, "anybody may take it");
    assert_eq!(first.post("/v1/tickets/1/claim", &json!({})).status, 200);
    second.post("/v1/tickets/1/claim", &json!({})).is_problem(404, "not_found");
}
