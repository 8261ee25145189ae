//! What of a store's events somebody may be mailed about, and what a ticket says.

use crate::store::events::{Happened, Recorded};
use crate::store::types::{CustomerRow, TicketRow};
use rota_core::access::Actor;
use rota_core::event::Kind;
use rota_core::ids::AgentId;
use rota_core::life::What;
use rota_core::mail::{Content, Happening};
use rota_core::ticket::Stage;

/// The part of a record that somebody may be mailed about.
pub fn happening(recorded: &Recorded) -> Option<(u8, Happening)> {
    match &recorded.what {
        Happened::Created(row) => {
            let by = row.created_by.parse().ok().and_then(|actor: Actor| actor.agent());
            row.ticket.owner().map(|to| (1, Happening::Assigned { to, by }))
        }
        Happened::Changed { row, entry } => changed(row, &entry.by, &entry.what).map(|what| (0, what)),
        Happened::Told { kind: Kind::TicketWaitingTooLong, row: Some(row), .. } => {
            let ticket = &row.ticket;
            let waits = ticket.state.kind() == Stage::Open && ticket.owner().is_none();
            waits.then_some((0, Happening::WaitingTooLong { team: ticket.team }))
        }
        Happened::Told { .. } => None,
    }
}

fn changed(row: &TicketRow, by: &Actor, what: &What) -> Option<Happening> {
    // Whose turn it was is nobody's deed.
    let by = by.agent().filter(|_| !matches!(what, What::HandedOut(_)));
    match what {
        What::Noted { mentions, .. } if !mentions.is_empty() => {
            Some(Happening::Mentioned { agents: mentions.clone(), by })
        }
        what if what.event() == Kind::TicketAssigned => {
            row.ticket.owner().map(|to| Happening::Assigned { to, by })
        }
        _ => None,
    }
}

/// The ticket of a record.
pub fn ticket(recorded: &Recorded) -> Option<&TicketRow> {
    match &recorded.what {
        Happened::Created(row) | Happened::Changed { row, .. } => Some(row),
        Happened::Told { row, .. } => row.as_deref(),
    }
}

/// What is said of it, where the store allows that. Of a note its text is said, else the ticket's own.
pub fn content(
    recorded: &Recorded,
    row: &TicketRow,
    customer: Option<&CustomerRow>,
    name: impl Fn(AgentId) -> Option<String>,
) -> Content {
    let names = customer.map(|row| [row.first_name.as_deref(), row.last_name.as_deref()]);
    let names = names.map(|names| names.into_iter().flatten().collect::<Vec<_>>().join(" "));
    let noted = match &recorded.what {
        Happened::Changed { entry, .. } => match &entry.what {
            What::Noted { text, .. } => Some((entry.by.agent(), text.as_str().to_owned())),
            _ => None,
        },
        _ => None,
    };
    let (by, text) = noted.map_or((None, row.context.clone()), |(by, text)| (by, Some(text)));
    Content {
        title: row.contact.task_title().map(str::to_owned),
        customer: names.filter(|names| !names.is_empty()),
        by: by.and_then(name),
        text,
    }
}
