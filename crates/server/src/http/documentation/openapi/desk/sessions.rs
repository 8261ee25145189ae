//! Signing in and out, and where agents are signed in.

use super::super::errors::with_examples;
use super::super::headers::answer;
use super::super::schema::{boolean, integer, list, named, one_of, or_null, record, string, time};
use super::super::{DESK, SESSION};
use super::problems::may_answer;
use super::{id, operation};
use rota_core::access::Role;
use rota_core::password::Password;
use rota_core::viewing::Activity;
use serde_json::{Value, json};
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, Operation, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathItemBuilder,
};
use utoipa::openapi::request_body::{RequestBody, RequestBodyBuilder};
use utoipa::openapi::response::Response;
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, Type};
use utoipa::openapi::security::SecurityRequirement;
use utoipa::openapi::{RefOr, Required};

const SIGNED_IN: &str = "SignedIn";
const SESSIONS: &str = "Sessions";
const NOTIFICATIONS: &str = "Notifications";
const STORE: &str = "p60HYv5wjgQaOrPdqT5NjbpkroD2";

pub fn paths() -> Vec<(String, PathItem)> {
    let of = |operations: Vec<(HttpMethod, Operation)>| {
        let all = operations.into_iter();
        all.fold(PathItemBuilder::new(), |item, (method, operation)| item.operation(method, operation))
            .build()
    };
    let (get, post, delete) = (HttpMethod::Get, HttpMethod::Post, HttpMethod::Delete);
    let notifications = vec![(get.clone(), notifications()), (HttpMethod::Put, choose_notifications())];
    vec![
        (
            "/v1/session".into(),
            of(vec![(get.clone(), show()), (post.clone(), begin()), (delete.clone(), end())]),
        ),
        ("/v1/session/activity".into(), of(vec![(post.clone(), stay())])),
        ("/v1/session/invitation".into(), of(vec![(post.clone(), accept())])),
        ("/v1/session/viewing".into(), of(vec![(HttpMethod::Put, look())])),
        ("/v1/session/notifications".into(), of(notifications)),
        ("/v1/sessions".into(), of(vec![(get.clone(), list_own())])),
        ("/v1/sessions/{id}".into(), of(vec![(delete.clone(), end_own())])),
        ("/v1/agents/{id}/invitation".into(), of(vec![(post, invite())])),
        ("/v1/agents/{id}/sessions".into(), of(vec![(get, list_of_agent()), (delete, end_of_agent())])),
    ]
}

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let agent = record([
        ("id", integer("The agent's id.")),
        ("name", string("The agent's name.")),
        ("email", string("The agent's mail address.")),
        ("role", one_of(&Role::ALL.map(Role::name), "What the agent may do.")),
    ]);
    let idle = time(
        "When the agent goes offline unless they do something before; null where the store does not ask for that.",
    );
    let last_event = string(
        "What happened last before this was answered. `GET /v1/stream` with it as `Last-Event-ID` tells everything that what is \
         loaded after this answer may have missed. Null where signing in could not read it: `GET /v1/session` can.",
    )
    .pattern(Some(r"^evt_\d+_\d+$"));
    let signed_in = record::<RefOr<Schema>>([
        ("agent", agent.into()),
        ("storeId", string("The store.").into()),
        ("expiresAt", time("When the session ends, however much it is used.").into()),
        ("idleAt", idle.schema_type(or_null(Type::String)).into()),
        ("lastEventId", last_event.schema_type(or_null(Type::String)).into()),
    ]);
    let session = record([
        ("id", string("The session's id.")),
        ("browser", string("What the browser called itself, cut to 200 characters.")),
        ("createdAt", time("When the agent signed in.")),
        ("lastSeenAt", time("When it was last used, to within five minutes.")),
        ("expiresAt", time("When it ends unless it is used before.")),
    ]);
    let session =
        session.property("current", boolean("Whether it is the one that asks.")).required("current");
    let sessions = record([("items", list(session, "The newest first."))]);
    let chosen = boolean("Whether it was chosen, and is not the usual of the role.");
    let notifications = record::<RefOr<Schema>>([
        ("mail", occasions().into()),
        ("chosen", chosen.into()),
        ("sent", boolean("Whether this server sends mail at all.").into()),
    ]);
    vec![(SIGNED_IN, signed_in.into()), (SESSIONS, sessions.into()), (NOTIFICATIONS, notifications.into())]
}

fn begin() -> Operation {
    let members = [
        ("storeId", string("The store.")),
        ("email", string("The agent's mail address; case does not matter.")),
        ("password", string("The agent's password.")),
    ];
    let example =
        json!({ "storeId": STORE, "email": "asha@shop.example", "password": "a long password of hers" });
    let described = described("signIn", "Sign in")
        .description(Some(
            "Five tries an agent, then one in ten seconds; a client's address has more. A wrong password, an unknown agent \
             or store and an agent without a password are refused alike.",
        ))
        .request_body(Some(body(record(members), example)))
        .response("200", signed_in());
    visitor(
        described,
        "wrong_credentials",
        "They are not the mail address and password of an agent of this store.",
    )
}

fn accept() -> Operation {
    let password = string("The password to set; not the mail address, and not one that is guessed first.")
        .min_length(Some(Password::MIN_CHARS))
        .max_length(Some(Password::MAX_CHARS));
    let members = [
        ("storeId", string("The store.")),
        ("token", string("What follows # in the invitation's link.")),
        ("password", password),
    ];
    let token = "17643.qLFSXUQV3kS1xVv8TI2hqKk2cmd9UyoMHLxGeYLYF2I";
    let example = json!({ "storeId": STORE, "token": token, "password": "a long password of hers" });
    let described = described("acceptInvitation", "Set a password by an invitation, and sign in")
        .description(Some(
            "Uses the invitation up and signs the agent out everywhere else. A password that breaks a rule (400) uses \
             nothing up.",
        ))
        .request_body(Some(body(record(members), example)))
        .response("200", signed_in());
    visitor(described, "invitation_void", "The invitation was used, replaced or is over.")
}

fn show() -> Operation {
    let example = signed_in_example();
    own(described("session", "Who is signed in").response("200", told("Who it is.", SIGNED_IN, example)))
}

fn stay() -> Operation {
    let noted = answer("Noted, to within 15 seconds.", &[]).build();
    let described = described("stay", "Say that somebody is there who reads and changes nothing")
        .description(Some(
            "Puts off going offline for idleness, as every other call of the session that is not GET does.",
        ));
    own(described.response("204", noted))
}

fn look() -> Operation {
    let activities: Vec<Value> =
        Activity::ALL.iter().map(|activity| Value::from(activity.name())).chain([Value::Null]).collect();
    let members = ObjectBuilder::new()
        .property(
            "ticketId",
            integer("The ticket; null or left out: none.").schema_type(or_null(Type::Integer)),
        )
        .property(
            "activity",
            string("What is done with it; required with `ticketId`.")
                .schema_type(or_null(Type::String))
                .enum_values(Some(activities)),
        )
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)));
    let described = described("look", "Say which ticket one has before one")
        .description(Some(
            "Others who look at the ticket are told at once (`viewing` of the stream). It counts for 15 seconds, so a page \
             says it every five, and each session has one ticket. Only `writing` puts off going offline for idleness.",
        ))
        .request_body(Some(body(members, json!({ "ticketId": 1, "activity": "writing" }))))
        .response("204", answer("Others are told.", &[]).build());
    own(may_answer(described, &[400]))
}

fn occasions() -> ObjectBuilder {
    record([
        ("assigned", boolean("A ticket was assigned to one by somebody else, or by turn.")),
        ("mentioned", boolean("A colleague's note mentions one.")),
        (
            "waitingTooLong",
            boolean("A ticket of one's teams, or for leads of none, has been waiting too long."),
        ),
    ])
}

fn notifications_told() -> Response {
    let mail = json!({ "assigned": true, "mentioned": true, "waitingTooLong": false });
    told("As it is now.", NOTIFICATIONS, json!({ "mail": mail, "chosen": true, "sent": true }))
}

fn notifications() -> Operation {
    own(described("notifications", "What one is mailed about").response("200", notifications_told()))
}

fn choose_notifications() -> Operation {
    let usual = occasions()
        .schema_type(or_null(Type::Object))
        .description(Some("Which occasions are mailed, each of them named; null: the usual."));
    let members = ObjectBuilder::new()
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .property("mail", usual);
    let example = json!({ "mail": { "assigned": true, "mentioned": true, "waitingTooLong": false } });
    let described = described("setNotifications", "Choose what one is mailed about")
        .description(Some(
            "Who has not chosen is mailed about mentions, and leads about what waits too long. An agent is mailed at most \
             once a minute, and never of their own deeds.",
        ))
        .request_body(Some(body(members, example)))
        .response("200", notifications_told());
    let described = may_answer(described, &[400, 401, 403, 404, 405, 408, 413, 429, 431, 500, 503]);
    described.security(SecurityRequirement::new(SESSION, Vec::<String>::new())).build()
}

fn end() -> Operation {
    let gone = answer("Signed out; the cookie is taken back.", &["Set-Cookie"]).build();
    own(described("signOut", "Sign out").response("204", gone))
}

fn list_own() -> Operation {
    let response = told("One's own sessions.", SESSIONS, sessions_example());
    own(described("sessions", "Where one is signed in").response("200", response))
}

fn end_own() -> Operation {
    let session = ParameterBuilder::new()
        .name("id")
        .parameter_in(ParameterIn::Path)
        .required(Required::True)
        .schema(Some(string("The session's id.").min_length(Some(1)).max_length(Some(64))));
    let described = described("endSession", "Sign out elsewhere").parameter(session);
    own(described.response("204", answer("It has ended, on every node at once.", &[]).build()))
}

fn invite() -> Operation {
    let link = string("The link to give to the agent; it is shown here and never again.");
    let schema = record([("link", link), ("expiresAt", time("When the invitation ends."))]);
    let example = json!({
        "link": format!("https://desk.shop.example/s/{STORE}/invitation#17643.qLFSXUQV3kS1xVv8TI2hqKk2cmd9UyoMHLxGeYLYF2I"),
        "expiresAt": "2026-12-02T09:30:00Z",
    });
    let content = ContentBuilder::new().schema(Some(schema)).example(Some(example)).build();
    let made = answer("The invitation; an earlier one has ended.", &[]).content("application/json", content);
    let described = described("invite", "Invite an agent, or reset the agent's password")
        .description(Some(
            "For admins who are signed in. A repeat makes another invitation in place of the first.",
        ))
        .parameter(id("id", "The agent's id."))
        .response("201", made.build());
    operation(described, &[403])
}

fn list_of_agent() -> Operation {
    let described = described("sessionsOfAgent", "Where an agent is signed in")
        .description(Some("For admins who are signed in."))
        .parameter(id("id", "The agent's id."))
        .response("200", told("The agent's sessions.", SESSIONS, sessions_example()));
    operation(described, &[403])
}

fn end_of_agent() -> Operation {
    let described = described("endSessionsOfAgent", "Sign an agent out everywhere")
        .description(Some("For admins who are signed in."))
        .parameter(id("id", "The agent's id."))
        .response("204", answer("All have ended.", &[]).build());
    operation(described, &[403])
}

fn described(id: &'static str, summary: &'static str) -> OperationBuilder {
    OperationBuilder::new().tag(DESK).operation_id(Some(id)).summary(Some(summary))
}

fn body(schema: ObjectBuilder, example: Value) -> RequestBody {
    let content = ContentBuilder::new().schema(Some(schema));
    RequestBodyBuilder::new()
        .required(Some(Required::True))
        .content("application/json", with_examples(content, vec![("A call", example)]))
        .build()
}

/// Ends the description of an operation that needs neither key nor session.
fn visitor(described: OperationBuilder, code: &'static str, detail: &'static str) -> Operation {
    let refused = super::problems::refusal(401, code, "Unauthorized", detail, &["WWW-Authenticate"]);
    let described = may_answer(described, &[400, 403, 404, 405, 408, 413, 429, 431, 500, 503]);
    described.response("401", refused).securities(Some([])).build()
}

/// Ends the description of an operation on one's own sessions: a key has none.
fn own(described: OperationBuilder) -> Operation {
    let described = may_answer(described, &[401, 403, 404, 405, 408, 413, 429, 431, 500, 503]);
    described.security(SecurityRequirement::new(SESSION, Vec::<String>::new())).build()
}

fn told(description: &str, schema: &str, example: Value) -> Response {
    let content = ContentBuilder::new().schema(Some(named(schema))).example(Some(example)).build();
    answer(description, &[]).content("application/json", content).build()
}

fn signed_in() -> Response {
    let content =
        ContentBuilder::new().schema(Some(named(SIGNED_IN))).example(Some(signed_in_example())).build();
    answer("Signed in.", &["Set-Cookie"]).content("application/json", content).build()
}

fn signed_in_example() -> Value {
    json!({
        "agent": { "id": 17643, "name": "Asha", "email": "asha@shop.example", "role": "admin" },
        "storeId": STORE,
        "expiresAt": "2026-12-25T09:30:00Z",
        "idleAt": null,
        "lastEventId": "evt_17_1",
    })
}

fn sessions_example() -> Value {
    json!({
        "items": [{
            "id": "8fT2kQ0aZr1LwVxY",
            "browser": "Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "createdAt": "2026-11-25T09:30:00Z",
            "lastSeenAt": "2026-11-25T10:05:00Z",
            "expiresAt": "2026-12-02T10:05:00Z",
            "current": true,
        }],
    })
}
