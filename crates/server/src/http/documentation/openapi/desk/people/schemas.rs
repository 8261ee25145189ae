//! What people and settings look like.

use crate::http::documentation::openapi::schema::{
    anything, boolean, integer, list, named, one_of, or_null, record, string, time,
};
use crate::keys::SCOPES;
use rota_core::access::Role;
use rota_core::assign::ramp::Ramp;
use rota_core::holidays::Holidays;
use rota_core::leave::Leaves;
use rota_core::receipt::Reason;
use rota_core::roster::Policy;
use serde_json::{Value, json};
use utoipa::openapi::schema::{AdditionalProperties, ObjectBuilder, Schema, SchemaFormat, Type};
use utoipa::openapi::{KnownFormat, RefOr};

pub const AGENT: &str = "DeskAgent";
pub const AVAILABILITY: &str = "Availability";
pub const TEAM: &str = "DeskTeam";
pub const LABEL: &str = "DeskLabel";
pub const CHANNEL: &str = "DeskChannel";
pub const KEY: &str = "DeskKey";
pub use super::rules::RULES;
pub const STAGES: &str = "Stages";
pub const SETTINGS: &str = "StoreSettings";
pub const CUSTOMER: &str = "DeskCustomer";
pub const AUDIT: &str = "AuditEntry";

pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    vec![
        (AGENT, agent().into()),
        (AVAILABILITY, availability().into()),
        (TEAM, team().into()),
        (LABEL, label().into()),
        (CHANNEL, channel().into()),
        (KEY, key().into()),
        (STAGES, stages().into()),
        (SETTINGS, settings().into()),
        (RULES, super::rules::schema().into()),
        (CUSTOMER, customer().into()),
        (AUDIT, audit().into()),
    ]
}

fn origin() -> RefOr<Schema> {
    one_of(&["file", "command"], "`file` where a store file made it, which may change it again.").into()
}

fn active() -> RefOr<Schema> {
    boolean("false: archived.").into()
}

fn maybe(description: &str) -> RefOr<Schema> {
    string(description).schema_type(or_null(Type::String)).into()
}

fn maybe_time(description: &str) -> RefOr<Schema> {
    time(description).schema_type(or_null(Type::String)).into()
}

/// A span of time as people write it.
pub fn span(description: &str) -> ObjectBuilder {
    string(&format!("{description} Such as `90s`, `15m`, `24h`, `14d`.")).pattern(Some("^[0-9]{1,9}[smhd]$"))
}

/// Spans of time on days of the week.
pub fn hours() -> RefOr<Schema> {
    let span = || string("From and to.").pattern(Some("^[0-2][0-9]:[0-5][0-9]-[0-2][0-9]:[0-5][0-9]$"));
    let day = || list(span(), "Spans of the day; one that ends before it begins passes midnight.");
    let days = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let week = days.into_iter().fold(ObjectBuilder::new(), |week, name| week.property(name, day()));
    week.schema_type(or_null(Type::Object))
        .description(Some("Working hours in the store's time zone; null: always."))
        .additional_properties(Some(AdditionalProperties::<Schema>::FreeForm(false)))
        .into()
}

fn agent() -> ObjectBuilder {
    let limit = integer(
        "At how many open tickets turns pass the agent by; null: no limit. Left out for those who may not see it.",
    );
    record::<RefOr<Schema>>([
        ("id", integer("The agent's id.").into()),
        ("email", string("The mail address.").into()),
        ("name", string("The name.").into()),
        ("role", one_of(&Role::ALL.map(Role::name), "What the agent may do.").into()),
        ("availability", named(AVAILABILITY).into()),
        ("active", active()),
        ("origin", origin()),
    ])
    .property("maxOpen", limit.schema_type(or_null(Type::Integer)))
    .property("leave", leave("Times at which the agent is not there. Left out for those who may not see it."))
    .property("open", integer("Open tickets; only where agents are read.").minimum(Some(0)))
    .property(
        "limit",
        integer("At how many of them turns pass the agent by; null: no limit. Only where agents are read.")
            .schema_type(or_null(Type::Integer)),
    )
    .property("state", state())
}

fn state() -> ObjectBuilder {
    let not = [Reason::Chosen, Reason::NotTheirTurn, Reason::BehindQueue];
    let reasons = Reason::ALL.into_iter().filter(|reason| !not.contains(reason)).map(Reason::name);
    let states = std::iter::once("free").chain(reasons).map(Value::from).chain([Value::Null]);
    string(
        "Whether the agent could be given a ticket of the store's pool, or why not; null for one who is archived. Agents are told \
         of colleagues' leave and hours as `unavailable`. Only where agents are read.",
    )
    .schema_type(or_null(Type::String))
    .enum_values(Some(states.collect::<Vec<_>>()))
}

pub fn agent_example() -> Value {
    json!({
        "id": 17643, "email": "meera@shop.example", "name": "Meera", "role": "agent", "maxOpen": 20, "leave": leave_example(),
        "availability": availability_example(), "active": true, "origin": "command",
    })
}

/// `[from, to)` each, in the order of time.
pub fn leave(description: &str) -> RefOr<Schema> {
    let span = record([("from", time("Its first moment.")), ("to", time("When the agent is back."))]);
    list(span, description).max_items(Some(Leaves::MAX)).into()
}

pub fn leave_example() -> Value {
    json!([{ "from": "2026-12-20T00:00:00Z", "to": "2026-12-27T00:00:00Z" }])
}

fn availability() -> ObjectBuilder {
    record([("status", one_of(&["online", "away"], "Whether the agent takes tickets."))])
        .property("reason", string("Why the agent is away."))
        .property("until", time("When the agent is online again by itself."))
}

pub fn availability_example() -> Value {
    json!({ "status": "online" })
}

fn team() -> ObjectBuilder {
    let policies = Policy::ALL.iter().map(|policy| Value::from(policy.name())).chain([Value::Null]);
    let policy = string(
        "How its pool gives tickets out; null: as the store's. Left out for those who may not see it.",
    );
    record::<RefOr<Schema>>([
        ("id", integer("The team's id.").into()),
        ("name", string("The name.").into()),
        ("members", list(integer("An agent."), "Its active members.").into()),
        ("active", active()),
        ("origin", origin()),
    ])
    .property("policy", policy.schema_type(or_null(Type::String)).enum_values(Some(policies)))
    .property("hours", hours())
}

pub fn team_example() -> Value {
    json!({
        "id": 31, "name": "Returns", "members": [17643], "policy": null, "hours": { "mon": ["09:00-18:00"] },
        "active": true, "origin": "file",
    })
}

fn label() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("id", integer("The label's id.").into()),
        ("name", string("The name.").into()),
        ("active", active()),
        ("origin", origin()),
    ])
}

pub fn label_example() -> Value {
    json!({ "id": 7, "name": "refund", "active": true, "origin": "file" })
}

fn channel() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("channel", one_of(&["whatsapp", "email"], "The channel.").into()),
        ("address", string("In the form in which addresses are compared.").into()),
        ("active", active()),
        ("origin", origin()),
    ])
}

pub fn channel_example() -> Value {
    json!({ "channel": "whatsapp", "address": "+917827486670", "active": true, "origin": "file" })
}

fn key() -> ObjectBuilder {
    let rate = integer("Requests a second, on each node; null: unlimited.");
    record::<RefOr<Schema>>([
        ("id", string("What stands before the colon of `KEY:SECRET`.").into()),
        ("name", string("What it is for.").into()),
        ("scopes", list(one_of(&SCOPES, "A scope."), "What it may be used for.").into()),
        ("rate", rate.schema_type(or_null(Type::Integer)).into()),
        ("createdAt", time("When it was made.").into()),
        ("expiresAt", maybe_time("When it ends.")),
        ("revokedAt", maybe_time("Since when it is revoked.")),
    ])
    .property("lastUsedAt", maybe_time("When it was last used; only where keys are read."))
    .property("token", maybe("`AUTH_TOKEN`, only where it is made; null where that is repeated."))
}

pub fn key_example() -> Value {
    json!({
        "id": "x3kq9mz2p7wd4hbn", "name": "website", "scopes": ["intake"], "rate": 50,
        "createdAt": "2026-11-25T09:30:00Z", "expiresAt": null, "revokedAt": null,
    })
}

pub fn stage() -> ObjectBuilder {
    record::<RefOr<Schema>>([
        ("id", integer("The stage's id.").into()),
        ("name", string("What it is called.").into()),
        ("kind", one_of(&["open", "snoozed", "closed"], "Its kind.").into()),
    ])
}

fn stages() -> ObjectBuilder {
    record([("stages", list(stage(), "In their order. New tickets begin in the first of kind open."))])
}

pub fn stages_example() -> Value {
    json!({ "stages": [
        { "id": 1, "name": "Open", "kind": "open" },
        { "id": 2, "name": "Snoozed", "kind": "snoozed" },
        { "id": 3, "name": "Closed", "kind": "closed" },
    ] })
}

fn settings() -> ObjectBuilder {
    let close =
        span("How long after its customer was last heard of an open ticket closes by itself; null: never.");
    record::<RefOr<Schema>>([
        ("name", string("The store's name.").into()),
        ("timezone", string("An IANA name.").into()),
        ("policy", one_of(&Policy::ALL.map(Policy::name), "How the store's pool gives tickets out.").into()),
        ("dedupeWindow", span("Within which the same bytes by the same key make one ticket.").into()),
        (
            "reopenWithin",
            span("How long after its closing a customer's message opens a ticket again.").into(),
        ),
        ("closeAfter", close.schema_type(or_null(Type::String)).into()),
        ("agentsSeeAll", boolean("Whether agents see all tickets of the store.").into()),
        ("keepAudit", span("How long the audit log is kept.").into()),
        ("keepRejectedValues", boolean(KEEP_REJECTED).into()),
        ("waitingTooLong", or_never(WAITING_TOO_LONG)),
        ("mailContent", boolean(MAIL_CONTENT).into()),
        ("holidays", holidays("Days on which teams are closed, in the order of their dates.")),
        ("sticky", or_never(STICKY)),
        ("ramp", ramp()),
        ("giveOnAfter", or_never(GIVE_ON)),
        ("idleAfter", or_never(IDLE)),
    ])
}

pub const KEEP_REJECTED: &str =
    "Whether the bodies of rejected create calls are kept with what is said of them.";
pub const WAITING_TOO_LONG: &str =
    "How long a ticket waits until `ticket.waiting_too_long` is told; null: it is not.";
pub const MAIL_CONTENT: &str =
    "Whether mails to agents have a ticket's title, customer and text, besides its number and page.";
pub const STICKY: &str =
    "For how long a customer's tickets go to the agent who had the last one; null: they do not.";
pub const GIVE_ON: &str = "How long an agent is offline when tickets that they have not touched are given to others; null: they stay.";
pub const IDLE: &str =
    "How long an agent who is signed in does nothing until they go offline; null: they do not.";

pub fn or_never(description: &str) -> RefOr<Schema> {
    span(description).schema_type(or_null(Type::String)).into()
}

pub fn holidays(description: &str) -> RefOr<Schema> {
    let date = string("A whole day in the store's time zone.")
        .format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
        .pattern(Some("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"));
    let name = string("What it is called.").min_length(Some(1)).max_length(Some(80));
    let holiday = record([("date", date), ("name", name)])
        .property("teams", list(integer("A team."), "Whose it is; left out: everybody's."));
    list(holiday, description).max_items(Some(Holidays::MAX)).into()
}

pub fn ramp() -> RefOr<Schema> {
    let most = integer("So many tickets of a pool in which tickets wait for each agent.");
    record::<RefOr<Schema>>([
        ("perAgent", most.minimum(Some(1)).maximum(Some(Ramp::MOST)).into()),
        ("every", span("In this time, of 1s to 24h.").into()),
    ])
    .schema_type(or_null(Type::Object))
    .description(Some("What an agent who comes online takes of a queue; null: as much as there is."))
    .into()
}

pub fn settings_example() -> Value {
    json!({
        "name": "Shop", "timezone": "Asia/Kolkata", "policy": "round_robin", "dedupeWindow": "0s",
        "reopenWithin": "3d", "closeAfter": null, "agentsSeeAll": false, "keepAudit": "365d",
        "keepRejectedValues": false, "waitingTooLong": "10m", "mailContent": false,
        "holidays": [{ "date": "2026-12-25", "name": "Christmas" }], "sticky": "30d",
        "ramp": { "perAgent": 3, "every": "1m" }, "giveOnAfter": "15m", "idleAfter": null,
    })
}

pub fn rules_example() -> Value {
    json!({ "rules": [
        { "id": 3, "name": "Refunds", "on": true, "when": { "words": ["refund", "money back"] }, "then": { "teamId": 31 } },
    ] })
}

pub fn customer() -> ObjectBuilder {
    let part = |description: &str| list(anything(), description);
    let tag = string("A tag.");
    record::<RefOr<Schema>>([
        ("id", string("The customer's id.").into()),
        ("partnerCustomerId", maybe("The id in the caller's own system.")),
        ("firstName", maybe("The first name.")),
        ("lastName", maybe("The last name.")),
        ("phone", maybe("The phone number, in E.164 form.")),
        ("email", maybe("The mail address.")),
        ("countryCode", maybe("The phone number's country, ISO 3166-1 alpha-3.")),
        ("active", active()),
        ("origin", origin()),
        ("createdAt", time("When the customer was made.").into()),
        ("updatedAt", time("When the customer was last changed.").into()),
    ])
    .property("tags", list(tag, "Tags; not in lists."))
    .property(
        "assets",
        part("Every known number and mail address, with `id`, `kind`, `value`, `countryCode`; not in lists."),
    )
    .property("addresses", part("Postal addresses; not in lists."))
}

pub fn customer_example() -> Value {
    json!({
        "id": "5233549", "partnerCustomerId": null, "firstName": "Asha", "lastName": null,
        "phone": "+918095495490", "email": "asha@example.com", "countryCode": "IND", "active": true,
        "origin": "file", "createdAt": "2026-11-25T09:30:00Z", "updatedAt": "2026-11-25T09:30:00Z",
    })
}

fn audit() -> ObjectBuilder {
    let value = |description: &str| {
        ObjectBuilder::new().schema_type(or_null(Type::Object)).description(Some(description))
    };
    record::<RefOr<Schema>>([
        ("position", integer("Counts up within the store.").minimum(Some(1)).into()),
        ("at", time("When.").into()),
        ("by", named("Actor").into()),
        ("subject", string("What was changed, such as `agent:17`.").into()),
        ("before", value("As it was shown before; null: it was not there.").into()),
        ("after", value("As it was shown afterwards.").into()),
    ])
}

pub fn audit_example() -> Value {
    json!({
        "position": 12, "at": "2026-11-25T09:30:00Z", "by": { "kind": "agent", "id": 17646 }, "subject": "label:7",
        "before": label_example(), "after": { "id": 7, "name": "refunds", "active": true, "origin": "file" },
    })
}
