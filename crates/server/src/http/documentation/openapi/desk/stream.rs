//! Live events.

use super::super::DESK;
use super::super::headers::answer;
use super::super::schema::string;
use super::operation;
use rota_core::event::Kind;
use utoipa::openapi::content::ContentBuilder;
use utoipa::openapi::path::{
    HttpMethod, OperationBuilder, ParameterBuilder, ParameterIn, PathItem, PathItemBuilder,
};

pub fn paths() -> Vec<(String, PathItem)> {
    let kinds = Kind::ALL.map(|kind| format!("`{}`", kind.name())).join(", ");
    let last = ParameterBuilder::new()
        .name("Last-Event-ID")
        .parameter_in(ParameterIn::Header)
        .description(Some("The id of the event that was heard of last; what came after it is told first."))
        .schema(Some(string("Such as `evt_17_0`.").pattern(Some(r"^evt_\d+_\d+$"))));
    let events = ContentBuilder::new().schema(Some(string(
        "Server-sent events: `id`, `event` (the type), and `data`, a line of JSON with `type`, `timestamp` and `data`.",
    )));
    let told = answer("It is open; events come as they happen, and a comment every 15 seconds.", &[]);
    let stream = OperationBuilder::new()
        .tag(DESK)
        .operation_id(Some("stream"))
        .summary(Some("Hear of what happens, as it happens"))
        .description(Some(format!(
            "What the caller may see, in order: {kinds}. `ticket.gone` says that a ticket has gone out of one's sight, \
             `reload` that too much was missed to tell, or what is not kept any more after 7 days, `ended` that the caller is signed out. Each has the ticket after the \
             change, its page, and a number that rises with each event of the ticket.",
        )))
        .parameter(last)
        .response("200", told.content("text/event-stream", events.build()).build());
    let item = PathItemBuilder::new().operation(HttpMethod::Get, operation(stream, &[400]));
    vec![("/v1/stream".into(), item.build())]
}
