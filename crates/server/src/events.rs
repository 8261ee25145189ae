//! Events as receivers see them (desk 7): what a store recorded, with the ticket after the change and its page.

use crate::http::{ActorView, CustomerView, TicketView, content, preview};
use crate::site::PublicUrl;
use crate::store::events::{Happened, Recorded};
use crate::store::types::TicketRow;
use jiff::Timestamp;
use rota_core::event::Kind;
use rota_core::ids::{StoreId, TicketId};
use rota_core::life::{Entry, Ticket};
use rota_core::receipt::Receipt;
use serde_json::{Value, json};

/// One event. A creation that gives the ticket to somebody, or has it wait, is two: what is told first is part 0.
#[derive(Debug, Clone)]
pub struct Event {
    pub position: i64,
    pub part: u8,
    pub kind: Kind,
    pub at: Timestamp,
    pub ticket: Option<Box<TicketRow>>,
    /// What is told besides the ticket.
    told: Value,
    /// Where somebody was chosen.
    pub receipt: Option<Box<Receipt>>,
    /// Where the change moved it: the ticket as it stood before.
    pub before: Option<Box<Ticket>>,
}

impl Event {
    /// What one record tells, in order.
    pub fn of(recorded: Recorded) -> Vec<Self> {
        let Recorded { position, at, what } = recorded;
        let event = |part, kind, ticket, told, receipt| Self {
            position,
            part,
            kind,
            at,
            ticket,
            told,
            receipt,
            before: None,
        };
        match what {
            Happened::Created(row) => {
                let by = json!({ "by": ActorView::of_creation(&row.created_by) });
                let given = match (row.ticket.owner(), row.ticket.state.waiting()) {
                    (Some(_), _) => Some(Kind::TicketAssigned),
                    (None, Some(_)) => Some(Kind::TicketWaiting),
                    (None, None) => None,
                };
                let receipt = Some(Box::new(row.receipt.clone()));
                let second = given.map(|kind| event(1, kind, Some(row.clone()), by.clone(), receipt));
                let first = event(0, Kind::TicketCreated, Some(row), by, None);
                std::iter::once(first).chain(second).collect()
            }
            Happened::Changed { row, entry } => {
                let Entry { by, what, receipt, .. } = &*entry;
                let told =
                    json!({ "by": ActorView::from(by), "change": what.kind(), "details": content(what) });
                let before = what.moved().map(|moved| Box::new(row.ticket.at(moved.from.clone())));
                vec![Self { before, ..event(0, what.event(), Some(row), told, receipt.clone()) }]
            }
            Happened::Told { kind, row, body } => vec![event(0, kind, row, body, None)],
        }
    }

    /// Unique within the store, and the same however often it is told.
    pub fn id(&self) -> String {
        format!("evt_{}_{}", self.position, self.part)
    }

    /// The id behind which nothing of this position is left to be told: a record is two events at most.
    pub fn last_id(position: i64) -> String {
        format!("evt_{position}_1")
    }

    /// Rises with each event of a ticket.
    pub fn sequence(&self) -> i64 {
        self.position.saturating_mul(2).saturating_add(i64::from(self.part))
    }

    pub fn ticket_id(&self) -> Option<TicketId> {
        self.ticket.as_ref().map(|row| row.ticket.id)
    }

    /// The payload as open pages get it: with the name of the ticket's customer and how its context begins, which endpoints are
    /// not given.
    pub fn shown(&self, store: &StoreId, url: &PublicUrl) -> Value {
        let mut payload = self.payload(store, url);
        if let Some(row) = &self.ticket {
            payload["data"]["ticket"]["customer"] = json!(CustomerView::of(row));
            payload["data"]["ticket"]["preview"] = json!(preview(row));
        }
        payload
    }

    /// The payload: type, timestamp and data as Standard Webhooks has them.
    pub fn payload(&self, store: &StoreId, url: &PublicUrl) -> Value {
        let mut data = json!({ "id": self.id(), "storeId": store });
        if let Some(row) = &self.ticket {
            data["sequence"] = self.sequence().into();
            data["ticket"] = json!(TicketView::whole(row));
            data["url"] = url.ticket(row.ticket.id).into();
        }
        if let (Value::Object(data), Value::Object(told)) = (&mut data, self.told.clone()) {
            data.extend(told);
        }
        json!({ "type": self.kind.name(), "timestamp": self.at, "data": data })
    }
}
