//! `GET /v1/tickets/export`: a whole list as a file, in CSV or JSON Lines, sent page by page as it is read.

use super::list::{found, parameters};
use crate::app::App;
use crate::http::v1::caller::{Admitted, Caller, admit};
use crate::http::v1::problem::Problem;
use crate::http::v1::ticket::TicketView;
use crate::store::types::TicketRow;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::header::{CONTENT_DISPOSITION, CONTENT_TYPE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use futures_util::stream::try_unfold;
use rota_core::access::{Extent, Section, reach};
use rota_core::search::{Listing, Looker, Sort};
use serde_json::{Map, Value};
use std::sync::Arc;

/// Tickets of one page; a reader that is slow holds so many in memory.
const PAGE: u16 = 200;

pub async fn handle(State(app): State<Arc<App>>, request: Request) -> Response {
    let call = match admit(&app, request).await {
        Ok(call) => call,
        Err(response) => return response,
    };
    exported(app, &call).await.unwrap_or_else(Problem::into_response)
}

async fn exported(app: Arc<App>, call: &Admitted) -> Result<Response, Problem> {
    let (listing, format) = read(call)?;
    let roster = app.store.roster(&call.caller.store).await?;
    let whole = listing.is_everything(&Looker::new(&call.caller.actor, &roster));
    if whole && reach(&call.caller.actor, Section::WholeStoreExport).sees == Extent::None {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "forbidden",
            "the whole store is exported by its admins alone; say with a filter which tickets",
        ));
    }
    let (content_type, file) = format.named();
    let body = Body::from_stream(pages(app, call.caller.clone(), listing, format).await?);
    let mut response = Response::new(body);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response.headers_mut().insert(CONTENT_DISPOSITION, HeaderValue::from_static(file));
    Ok(response)
}

fn read(call: &Admitted) -> Result<(Listing, Format), Problem> {
    let (own, filter): (Vec<_>, Vec<_>) =
        parameters(&call.uri)?.into_iter().partition(|(name, _)| name == "format");
    let format = match own.as_slice() {
        [] => Format::Csv,
        [(_, name)] => Format::from_name(name).ok_or_else(|| Problem::field("format", "is csv or jsonl"))?,
        _ => return Err(Problem::field("format", "comes twice")),
    };
    if let Some((name, _)) = filter.iter().find(|(name, _)| name == "cursor" || name == "limit") {
        return Err(Problem::field(name, "is for pages; an export has all of them"));
    }
    let mut listing = Listing::parse(filter.iter().map(|(name, value)| (name.as_str(), value.as_str())))?;
    if listing.sort == Sort::Newest && !filter.iter().any(|(name, _)| name == "sort") {
        // New tickets come behind what is sent already.
        listing.sort = Sort::Oldest;
    }
    listing.limit = PAGE;
    Ok((listing, format))
}

/// What is still to be sent: a chunk that is ready, and the list behind it.
struct Rest {
    ready: Option<Bytes>,
    listing: Option<Listing>,
}

/// The first page is read before anything is sent: what fails then is still answered as a problem. What fails later cuts
/// the answer off.
async fn pages(
    app: Arc<App>,
    caller: Caller,
    listing: Listing,
    format: Format,
) -> Result<impl futures_util::Stream<Item = Result<Bytes, std::io::Error>>, Problem> {
    let mut head = format.head();
    let mut rest = next(&app, &caller, listing, format).await?;
    if let Some(ready) = &rest.ready {
        head.extend_from_slice(ready);
    }
    rest.ready = Some(head.into());
    Ok(try_unfold(rest, move |rest| {
        let (app, caller) = (app.clone(), caller.clone());
        async move {
            if let Some(ready) = rest.ready {
                return Ok(Some((ready, Rest { ready: None, ..rest })));
            }
            let Some(listing) = rest.listing else { return Ok(None) };
            let Rest { ready, listing } = next(&app, &caller, listing, format).await.map_err(|problem| {
                tracing::warn!(?problem, "an export was cut off");
                std::io::Error::other("the list could not be read on")
            })?;
            Ok(ready.map(|ready| (ready, Rest { ready: None, listing })))
        }
    }))
}

async fn next(app: &App, caller: &Caller, mut listing: Listing, format: Format) -> Result<Rest, Problem> {
    let page = found(app, caller, &listing).await?;
    let mut chunk = Vec::new();
    for row in &page.tickets {
        format.write(row, &mut chunk).map_err(Problem::internal)?;
    }
    listing.after = page.next;
    Ok(Rest { ready: Some(chunk.into()), listing: Some(listing).filter(|listing| listing.after.is_some()) })
}

#[derive(Debug, Clone, Copy)]
enum Format {
    Csv,
    JsonLines,
}

/// The columns of a CSV file, which are members of a ticket as the API shows it.
const COLUMNS: [&str; 23] = [
    "id",
    "state",
    "stageId",
    "agentId",
    "teamId",
    "customerId",
    "channel",
    "brandAddress",
    "customerAddress",
    "title",
    "priority",
    "labelIds",
    "createdAt",
    "openedAt",
    "heardAt",
    "changedAt",
    "snoozedUntil",
    "closedAt",
    "closedBy",
    "mergedInto",
    "linkedTo",
    "sequence",
    "context",
];

impl Format {
    fn from_name(name: &str) -> Option<Self> {
        match name {
            "csv" => Some(Self::Csv),
            "jsonl" => Some(Self::JsonLines),
            _ => None,
        }
    }

    /// The content type, and what the file is called.
    fn named(self) -> (&'static str, &'static str) {
        match self {
            Self::Csv => ("text/csv; charset=utf-8", "attachment; filename=\"tickets.csv\""),
            Self::JsonLines => ("application/jsonl", "attachment; filename=\"tickets.jsonl\""),
        }
    }

    fn head(self) -> Vec<u8> {
        match self {
            Self::Csv => format!("{}\r\n", COLUMNS.join(",")).into_bytes(),
            Self::JsonLines => Vec::new(),
        }
    }

    fn write(self, row: &TicketRow, into: &mut Vec<u8>) -> anyhow::Result<()> {
        let ticket = serde_json::to_value(TicketView::whole(row))?;
        match (self, ticket) {
            (Self::Csv, Value::Object(ticket)) => write_csv(&ticket, into)?,
            (_, ticket) => {
                serde_json::to_writer(&mut *into, &ticket)?;
                into.push(b'\n');
            }
        }
        Ok(())
    }
}

fn write_csv(ticket: &Map<String, Value>, into: &mut Vec<u8>) -> anyhow::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(into);
    writer.write_record(COLUMNS.map(|column| cell(&ticket[column])))?;
    Ok(writer.flush()?)
}

/// Null is empty, several numbers are separated by spaces.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => plain(text),
        Value::Array(values) => values.iter().map(cell).collect::<Vec<_>>().join(" "),
        other => other.to_string(),
    }
}

/// A text that a spreadsheet would take for a formula gets an apostrophe before it; a phone number is none.
fn plain(text: &str) -> String {
    let formula = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let number = text.strip_prefix('+').is_some_and(|digits| digits.bytes().all(|b| b.is_ascii_digit()));
    if formula && !number { format!("'{text}") } else { text.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_cell_is_a_formula() {
        for (text, expected) in [
            ("=1+1", "'=1+1"),
            ("+1", "+1"),
            ("+1+cmd", "'+1+cmd"),
            ("-5", "'-5"),
            ("@a", "'@a"),
            ("a=b", "a=b"),
        ] {
            assert_eq!(plain(text), expected);
        }
    }
}
