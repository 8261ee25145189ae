//! Live events.

use super::super::DESK;
use super::super::headers::answer;
use super::super::schema::{constant, integer, record, string};
use super::operation;
use super::tickets::viewing;
use rota_core::event::Kind;
use utoipa::openapi::RefOr;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathItemBuilder,
};
use utoipa::openapi::schema::{ObjectBuilder, OneOfBuilder, Schema};

const NEWS: &str = "StreamNews";

/// What the stream tells besides the events that webhooks are told of too.
pub fn schemas() -> Vec<(&'static str, RefOr<Schema>)> {
    let ticket_id = || RefOr::<Schema>::from(integer("The ticket's number."));
    let gone = record([("ticketId", ticket_id())]);
    let looked_at = record([("ticketId", ticket_id()), ("agents", viewing().into())]);
    let told = |name: &str, data: Option<ObjectBuilder>| {
        let told = record([("type", constant(name))]);
        data.into_iter().fold(told, |told, data| told.property("data", data).required("data"))
    };
    let news = OneOfBuilder::new()
        .item(told("ticket.gone", Some(gone)))
        .item(told("viewing", Some(looked_at)))
        .item(told("reload", None))
        .item(told("ended", None));
    vec![(NEWS, news.into())]
}

pub fn paths() -> Vec<(String, PathItem)> {
    let kinds = Kind::ALL.map(|kind| format!("`{}`", kind.name())).join(", ");
    let last = ParameterBuilder::new()
        .name("Last-Event-ID")
        .parameter_in(ParameterIn::Header)
        .description(Some("The id of the event that was heard of last; what came after it is told first."))
        .schema(Some(string("Such as `evt_17_0`.").pattern(Some(r"^evt_\d+_\d+$"))));
    let events = ContentBuilder::new().schema(Some(string(
        "Server-sent events: `id`, `event` (the type), and `data`, a line of JSON with `type`, `timestamp` and `data` \
         as webhooks get it, or a `StreamNews`.",
    )));
    let told = answer("It is open; events come as they happen, and a comment every 15 seconds.", &[]);
    let stream = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("stream"))
        .summary(Some("Hear of what happens, as it happens"))
        .description(Some(format!(
            "What the caller may see, in order: {kinds}. `ticket.gone` says that a ticket has gone out of one's sight, \
             `reload` that too much was missed to tell, or what is not kept any more after 7 days, `ended` that the caller is signed out. `viewing` tells who else looks at a \
             ticket, as `ticketId` and `agents`, each with `id`, `name` and `activity`, whenever that changes; it has no id and is \
             not told again to who comes back. Each of the others has the ticket after the \
             change, its page, and a number that rises with each event of the ticket.",
        )))
        .parameter(last)
        .response("200", told.content("text/event-stream", events.build()).build());
    let item = PathItemBuilder::new().operation(HttpMethod::Get, operation(stream, &[400]));
    vec![("/v1/stream".into(), item.build())]
}
