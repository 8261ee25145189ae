//! Saved views.

use super::fault::Fault;
use super::records;
use super::session::Session;
use super::values::known;
use crate::store::kept::Kept;
use crate::store::types::Keep;
use crate::store::views::{DecideView, StoredView, ViewChange, ViewChanged, ViewRow, kept_view};
use jiff::Timestamp;
use rota_core::ids::{StoreId, ViewId};
use rota_core::view::View;

pub async fn all(session: &Session, store: &StoreId) -> Result<Vec<ViewRow>, Fault> {
    let select = "SELECT id, agent_id, name, filter, sort FROM views WHERE store_id = $1 ORDER BY id";
    let rows = session.rows(select, &[&store.as_str()]).await?;
    rows.iter()
        .map(|row| {
            let (agent, name) = (row.try_get(1)?, row.try_get(2)?);
            let stored = StoredView { agent, name, filter: row.try_get(3)?, sort: row.try_get(4)? };
            Ok(stored.row(row.try_get(0)?)?)
        })
        .collect()
}

pub async fn change(
    session: &Session,
    store: &StoreId,
    decide: &DecideView,
    keep: Option<&Keep>,
    now: Timestamp,
) -> Result<ViewChanged, Fault> {
    let next = take(session, store).await?;
    if let Some(keep) = keep
        && let Some(kept) = records::kept(session, store, keep, now).await?
    {
        return Ok(match kept {
            Kept::Answer(answer) => ViewChanged::Before(kept_view(&answer)?),
            Kept::OfSomethingElse => ViewChanged::KeyReused,
        });
    }
    let id = match decide(&all(session, store).await?) {
        Err(refusal) => return Ok(ViewChanged::Refused(refusal)),
        Ok(ViewChange::New(view)) => {
            let update = "UPDATE counters SET next = $2 WHERE store_id = $1 AND kind = 'view'";
            session.execute(update, &[&store.as_str(), &(next + 1)]).await?;
            put(session, store, ViewId(next), &view).await?;
            ViewId(next)
        }
        Ok(ViewChange::Set(id, view)) => {
            put(session, store, id, &view).await?;
            id
        }
        Ok(ViewChange::Remove(id)) => {
            let delete = "DELETE FROM views WHERE store_id = $1 AND id = $2";
            session.execute(delete, &[&store.as_str(), &id.0]).await?;
            id
        }
    };
    if let Some(keep) = keep {
        records::keep(session, store, keep, &id.to_string(), now).await?;
    }
    Ok(ViewChanged::Now(id))
}

/// Takes the lock on the store's views, which is the counter of their numbers; answers the next one.
async fn take(session: &Session, store: &StoreId) -> Result<i64, Fault> {
    let upsert = "
        INSERT INTO counters AS c (store_id, kind, next) VALUES ($1, 'view', 1)
        ON CONFLICT (store_id, kind) DO UPDATE SET next = c.next RETURNING next";
    let row = session.row(upsert, &[&store.as_str()]).await?;
    Ok(known("counters.view", row)?.try_get(0)?)
}

async fn put(session: &Session, store: &StoreId, id: ViewId, view: &View) -> Result<(), Fault> {
    let StoredView { agent, name, filter, sort } = StoredView::of(view);
    let upsert = "
        INSERT INTO views (store_id, id, agent_id, name, filter, sort) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (store_id, id) DO UPDATE SET
            agent_id = excluded.agent_id, name = excluded.name, filter = excluded.filter, sort = excluded.sort";
    session.execute(upsert, &[&store.as_str(), &id.0, &agent, &name, &filter, &sort]).await?;
    Ok(())
}
