//! Erasing what tickets, kept rejections and the audit log say of a customer.

use super::fault::Fault;
use super::filing::{mark_customers, mark_tickets};
use super::intake::take_routing;
use super::session::Session;
use super::values::corrupt;
use super::{audit, rejections};
use crate::store::Erasure;
use crate::store::types::{ERASED_AT_ONCE, ERASED_VALUE, customer_subject};
use rota_core::ids::{CustomerId, StoreId, TicketId};
use rota_core::life::What;
use rota_core::text::ERASED;

/// One step: the next tickets; behind the last, the audit log. The routing row is taken first: no command works on the
/// tickets meanwhile.
pub async fn step(
    session: &Session,
    store: &StoreId,
    customer: &CustomerId,
    after: TicketId,
) -> Result<Erasure, Fault> {
    take_routing(session, store).await?;
    let tickets = tickets(session, store, customer, after).await?;
    blank(session, store, &tickets).await?;
    match tickets.last() {
        Some(last) if tickets.len() == ERASED_AT_ONCE => Ok(Erasure::After(TicketId(*last))),
        _ => {
            words(session, store, customer).await?;
            rejections::erase(session, store, customer).await?;
            audit::blank(session, store, &customer_subject(customer), ERASED_VALUE).await?;
            Ok(Erasure::Done)
        }
    }
}

async fn tickets(
    session: &Session,
    store: &StoreId,
    customer: &CustomerId,
    after: TicketId,
) -> Result<Vec<i64>, Fault> {
    let select = "
        SELECT ticket_id FROM listed WHERE store_id = $1 AND customer_id = $2 AND ticket_id > $3
        UNION
        SELECT id FROM tickets WHERE store_id = $1 AND customer_id = $2
          AND id > greatest($3, coalesce((SELECT tickets_to FROM listing WHERE store_id = $1), 0))
        ORDER BY 1 LIMIT $4";
    let limit = i64::try_from(ERASED_AT_ONCE).unwrap_or(i64::MAX);
    let rows = session.rows(select, &[&store.as_str(), &customer.as_str(), &after.0, &limit]).await?;
    rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
}

async fn blank(session: &Session, store: &StoreId, tickets: &Vec<i64>) -> Result<(), Fault> {
    let id = store.as_str();
    let update = "
        UPDATE tickets SET context = NULL, customer_address = NULL,
                           task_title = CASE WHEN task_title IS NOT NULL THEN $3 END
        WHERE store_id = $1 AND id = ANY($2)";
    session.execute(update, &[&id, tickets, &ERASED]).await?;
    let select = "
        SELECT ticket_id, sequence, body FROM timeline
        WHERE store_id = $1 AND ticket_id = ANY($2) AND kind IN ('noted', 'message', 'passed')";
    let (mut of, mut sequences, mut bodies) = (Vec::<i64>::new(), Vec::<i64>::new(), Vec::new());
    for row in session.rows(select, &[&id, tickets]).await? {
        let what = What::from_stored(row.try_get(2)?).map_err(|error| corrupt("timeline.body", error))?;
        if let Some(erased) = what.erased() {
            of.push(row.try_get(0)?);
            sequences.push(row.try_get(1)?);
            bodies.push(erased.stored());
        }
    }
    let update = "
        UPDATE timeline t SET body = e.body FROM unnest($2, $3, $4) AS e (ticket_id, sequence, body)
        WHERE t.store_id = $1 AND t.ticket_id = e.ticket_id AND t.sequence = e.sequence";
    session.execute(update, &[&id, &of, &sequences, &bodies]).await?;
    let gone = "DELETE FROM message_ids WHERE store_id = $1 AND ticket_id = ANY($2)";
    session.execute(gone, &[&id, tickets]).await?;
    mark_tickets(session, store, &tickets.iter().copied().collect()).await
}

/// What the search knows of the customer.
async fn words(session: &Session, store: &StoreId, customer: &CustomerId) -> Result<(), Fault> {
    let (id, customer) = (store.as_str(), customer.as_str());
    let digits = "UPDATE customers SET phone_reversed = NULL WHERE store_id = $1 AND id = $2";
    session.execute(digits, &[&id, &customer]).await?;
    mark_customers(session, store, &vec![customer]).await
}
