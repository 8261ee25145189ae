//! Pieces of timed work, each done in the transaction that takes it off the list.

use super::{is_held, settle, waiting};
use crate::store::due::{self as timed, Ended, Piece};
use crate::store::postgres::fault::Fault;
use crate::store::postgres::intake::{Taken, take_generation};
use crate::store::postgres::roster::Rosters;
use crate::store::postgres::session::Session;
use crate::store::postgres::values::{ms, span_ms};
use crate::store::postgres::{events, provision, rejections, sessions, shift};
use crate::store::{DecideSettings, Provisioned, Refused, StoreError};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::due::{self, CLOSED_AT_ONCE, Kind, Next, REMOVED_AT_ONCE};
use rota_core::ids::{StoreId, TicketId};
use rota_core::life::{Command, Order, Outcome};
use rota_core::webhook;

pub async fn work(
    session: &Session,
    rosters: &Rosters,
    piece: &Piece,
    what: &timed::Work,
    now: Timestamp,
) -> Result<Ended, Fault> {
    let work = Work { session, rosters, piece, store: &piece.store, now };
    let next = match what {
        timed::Work::Wake(ticket) => work.wake(*ticket).await,
        timed::Work::Change(decide) => work.change(decide).await,
        timed::Work::AutoClose => work.close().await,
        timed::Work::WaitingTooLong => work.tell_waiting().await,
        timed::Work::Retention => work.remove_old().await,
        timed::Work::Sessions => work.remove_sessions().await,
    };
    let ended = match next {
        Ok(next) => next.map_or(Ended::Lost, Ended::from),
        Err(Fault::Store(StoreError::NotFound)) => Ended::Dropped,
        Err(fault) => return Err(fault),
    };
    settle(session, piece, ended).await?;
    Ok(ended)
}

/// One piece in its transaction. Every kind of work answers `None` where the piece is no longer held.
struct Work<'a> {
    session: &'a Session,
    rosters: &'a Rosters,
    piece: &'a Piece,
    store: &'a StoreId,
    now: Timestamp,
}

impl Work<'_> {
    /// Takes the routing row, which goes before all else, and then the piece.
    async fn take(&self) -> Result<Option<Taken>, Fault> {
        let taken = take_generation(self.session, self.store).await?;
        Ok(is_held(self.session, self.piece).await?.then_some(taken))
    }

    async fn wake(&self, ticket: TicketId) -> Result<Option<Next>, Fault> {
        let Some(taken) = self.take().await? else { return Ok(None) };
        let order = Order { ticket, command: Command::Wake };
        let outcomes = self.order(taken, &[order]).await?;
        Ok(Some(outcomes.first().map_or(Next::Done, due::after_waking)))
    }

    async fn order(
        &self,
        taken: Taken,
        orders: &[Order],
    ) -> Result<Vec<Result<Outcome, rota_core::life::Refusal>>, Fault> {
        shift::work_orders(self.session, self.rosters, self.store, taken, &Actor::Clock, orders, self.now)
            .await
    }

    async fn close(&self) -> Result<Option<Next>, Fault> {
        let Some(taken) = self.take().await? else { return Ok(None) };
        let roster = self.rosters.get(self.session, self.store, taken.routing.roster_version).await?;
        let quiet = match due::closes_before(roster.desk(), self.now) {
            Some(before) => self.quiet_since(before).await?,
            None => Vec::new(),
        };
        let found = quiet.len();
        let order = |ticket| Order { ticket, command: Command::AutoClose };
        let orders: Vec<Order> = quiet.into_iter().map(order).collect();
        let outcomes = self.order(taken, &orders).await?;
        let closed = outcomes.iter().filter(|outcome| matches!(outcome, Ok(Outcome::Done { .. }))).count();
        Ok(Some(due::after_closing(roster.desk(), found, closed, self.now)))
    }

    async fn tell_waiting(&self) -> Result<Option<Next>, Fault> {
        let Some(taken) = self.take().await? else { return Ok(None) };
        waiting::tell(self.session, self.store, taken.routing, self.now).await.map(Some)
    }

    /// Open tickets whose customers were not heard of since then, the quietest first; those that are in no list yet come
    /// last.
    async fn quiet_since(&self, before: Timestamp) -> Result<Vec<TicketId>, Fault> {
        let listed = "
            SELECT ticket_id FROM listed
            WHERE store_id = $1 AND stage = 'open' AND quiet_since <= $2 ORDER BY quiet_since LIMIT $3";
        let unlisted = "
            SELECT id FROM tickets
            WHERE store_id = $1 AND id > coalesce((SELECT tickets_to FROM listing WHERE store_id = $1), 0)
              AND stage = 'open' AND greatest(coalesce(opened_at, created_at), heard_at) <= $2
            ORDER BY id LIMIT $3";
        let mut found = Vec::new();
        for select in [listed, unlisted] {
            let limit = i64::try_from(CLOSED_AT_ONCE - found.len()).unwrap_or_default();
            let rows = self.session.rows(select, &[&self.store.as_str(), &ms(before), &limit]).await?;
            for row in rows {
                found.push(TicketId(row.try_get(0)?));
            }
        }
        Ok(found)
    }

    /// Removes what was kept for its time. The audit log's positions are in the order of time, so its oldest rows alone are
    /// looked at. Kept answers that intake removes at this moment are passed over.
    async fn remove_old(&self) -> Result<Option<Next>, Fault> {
        if !is_held(self.session, self.piece).await? {
            return Ok(None);
        }
        let settings = provision::store_row(self.session, self.store).await?;
        let since = |span| ms(self.now).saturating_sub(span_ms(span));
        let counts_since = settings.routing.sticky.map_or(i64::MAX, since);
        let last_agents = "
            DELETE FROM last_agents l USING (
                SELECT store_id, customer_id FROM last_agents WHERE store_id = $1 AND at < $2 LIMIT $3
                FOR UPDATE SKIP LOCKED) AS o
            WHERE l.store_id = o.store_id AND l.customer_id = o.customer_id";
        let audit = "
            DELETE FROM audit WHERE store_id = $1 AND at < $2 AND position IN
                (SELECT position FROM audit WHERE store_id = $1 ORDER BY position LIMIT $3)";
        let answers = "
            DELETE FROM idempotency i USING (
                SELECT store_id, caller, key FROM idempotency WHERE store_id = $1 AND expires_at <= $2 LIMIT $3
                FOR UPDATE SKIP LOCKED) AS o
            WHERE i.store_id = o.store_id AND i.caller = o.caller AND i.key = o.key";
        let attempts = "
            DELETE FROM webhook_attempts a USING (
                SELECT store_id, webhook_id, id FROM webhook_attempts WHERE store_id = $1 AND at < $2 LIMIT $3
                FOR UPDATE SKIP LOCKED) AS o
            WHERE a.store_id = o.store_id AND a.webhook_id = o.webhook_id AND a.id = o.id";
        let most = self
            .remove([
                (audit, since(settings.keep_audit)),
                (answers, ms(self.now)),
                (last_agents, counts_since),
                (attempts, since(webhook::KEPT)),
            ])
            .await?;
        rejections::remove_old(self.session, self.store, self.now).await?;
        let events = events::remove_old(self.session, self.store, self.now).await?;
        Ok(Some(due::after_removing(Kind::Retention, most.max(events), self.now)))
    }

    async fn remove_sessions(&self) -> Result<Option<Next>, Fault> {
        if !is_held(self.session, self.piece).await? {
            return Ok(None);
        }
        let ended = sessions::end_past(self.session, self.store, self.now, REMOVED_AT_ONCE).await?;
        Ok(Some(due::after_removing(Kind::Sessions, ended, self.now)))
    }

    /// Answers how many rows the statement removed that removed most.
    async fn remove(&self, statements: [(&str, i64); 4]) -> Result<u64, Fault> {
        let limit = i64::from(REMOVED_AT_ONCE);
        let mut most = 0;
        for (delete, before) in statements {
            most = most.max(self.session.execute(delete, &[&self.store.as_str(), &before, &limit]).await?);
        }
        Ok(most)
    }

    /// Works what changes of an agent. What settings are changed under goes before the routing row.
    async fn change(&self, decide: &DecideSettings) -> Result<Option<Next>, Fault> {
        let Self { session, store, now, .. } = *self;
        provision::take_settings(session, store).await?;
        if !is_held(session, self.piece).await? {
            return Ok(None);
        }
        match provision::run(session, store, decide, now).await? {
            Provisioned::Refused(Refused::NotFound) => Err(StoreError::NotFound.into()),
            Provisioned::Refused(refused) => Err(StoreError::Conflict(refused.to_string()).into()),
            _ => Ok(Some(Next::Done)),
        }
    }
}
