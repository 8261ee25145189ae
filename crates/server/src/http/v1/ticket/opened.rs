//! A ticket with what stands around it, so that one request opens it: `GET /v1/tickets/{id}?include=…`.

use super::view::TicketView;
use super::{history, number, seen};
use crate::app::App;
use crate::http::v1::caller::Admitted;
use crate::http::v1::customers;
use crate::http::v1::parameters::Parameters;
use crate::http::v1::problem::Problem;
use crate::http::v1::tickets::found;
use crate::http::v1::viewing::others;
use crate::http::v1::views::counted;
use crate::store::types::TicketRow;
use rota_core::ids::{CustomerId, TicketId};
use rota_core::search::{Filter, Listing, Sort, Standing};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The most of a customer's open tickets, and of those that are closed.
const OPEN: u16 = 20;
const CLOSED: u16 = 10;

/// What may be asked for besides the ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Timeline,
    Customer,
    Viewing,
}

impl Part {
    const ALL: [Self; 3] = [Self::Timeline, Self::Customer, Self::Viewing];

    fn name(self) -> &'static str {
        match self {
            Self::Timeline => "timeline",
            Self::Customer => "customer",
            Self::Viewing => "viewing",
        }
    }
}

pub async fn opened(app: &App, call: &Admitted, id: &str) -> Result<Value, Problem> {
    let parts = parts(&Parameters::read(&call.uri, &["include"])?)?;
    let row = seen(app, &call.caller, number(id)?).await?;
    let mut told = serde_json::to_value(TicketView::whole(&row)).map_err(Problem::internal)?;
    for part in parts {
        told[part.name()] = match part {
            Part::Timeline => history::of(app, &call.caller, &row).await?,
            Part::Customer => customer(app, call, &row).await?,
            Part::Viewing => viewing(app, call, row.ticket.id).await?,
        };
    }
    Ok(told)
}

fn parts(parameters: &Parameters) -> Result<BTreeSet<Part>, Problem> {
    let named = parameters.get("include").into_iter().flat_map(|list| list.split(','));
    let part = |name: &str| {
        let rule = || format!("{name:?} is none of {}", Part::ALL.map(Part::name).join(", "));
        Part::ALL
            .into_iter()
            .find(|part| part.name() == name)
            .ok_or_else(|| Problem::field("include", rule()))
    };
    named.map(part).collect()
}

/// The customer, what else of theirs is under way, and what was closed last, as far as the caller may see it.
async fn customer(app: &App, call: &Admitted, row: &TicketRow) -> Result<Value, Problem> {
    let id = &row.ticket.customer;
    let found = customers::found(app, call, id).await?;
    let mut told = found.ok_or_else(|| Problem::internal("a ticket of no customer"))?;
    told["name"] = json!(row.customer_name);
    let of = |state, limit| tickets_of(app, call, id, state, row.ticket.id, limit);
    let mut open = of(Standing::Open, OPEN).await?;
    open.extend(of(Standing::Snoozed, OPEN).await?);
    open.truncate(OPEN.into());
    let closed = [Filter { state: Some(Standing::Closed), customer: Some(id.clone()), ..Filter::default() }];
    let counts = counted(app, &call.caller, &closed).await?;
    let count = counts.first().ok_or_else(|| Problem::internal("a filter without a count"))?;
    let itself = u64::from(Standing::Closed.is_of(&row.ticket.state));
    told["openTickets"] = json!(open);
    told["closedTickets"] = json!({
        "items": of(Standing::Closed, CLOSED).await?,
        "count": count.count.saturating_sub(itself),
        "more": count.more,
    });
    Ok(told)
}

/// The newest of a customer's tickets but for one.
async fn tickets_of(
    app: &App,
    call: &Admitted,
    customer: &CustomerId,
    state: Standing,
    but: TicketId,
    limit: u16,
) -> Result<Vec<TicketView>, Problem> {
    let filter = Filter { state: Some(state), customer: Some(customer.clone()), ..Filter::default() };
    let listing = Listing { query: None, filter, sort: Sort::Newest, after: None, limit: limit + 1 };
    let found = found(app, &call.caller, &listing).await?;
    let others = found.tickets.iter().filter(|row| row.ticket.id != but);
    Ok(others.take(limit.into()).map(TicketView::listed).collect())
}

/// Who else looks at it.
async fn viewing(app: &App, call: &Admitted, ticket: TicketId) -> Result<Value, Problem> {
    let viewers = app.streams.viewers(&call.caller.store).await?;
    let roster = app.store.roster(&call.caller.store).await?;
    let by = viewers.get(&ticket).cloned().unwrap_or_default();
    Ok(others(&by, &call.caller.actor, &roster))
}
