//! Saved views.

use super::fault::Fault;
use super::provision::{counter, put_counter};
use super::records;
use crate::store::kept::Kept;
use crate::store::types::Keep;
use crate::store::views::{DecideView, StoredView, ViewChange, ViewChanged, ViewRow, kept_view};
use jiff::Timestamp;
use rota_core::ids::{StoreId, ViewId};
use rota_core::view::View;
use rusqlite::{Connection, params};

pub fn all(db: &Connection, store: &StoreId) -> Result<Vec<ViewRow>, Fault> {
    let mut select = db.prepare_cached(
        "SELECT id, agent_id, name, filter, sort FROM views WHERE store_id = ?1 ORDER BY id",
    )?;
    let mut rows = select.query([store.as_str()])?;
    let mut views = Vec::new();
    while let Some(row) = rows.next()? {
        let stored =
            StoredView { agent: row.get(1)?, name: row.get(2)?, filter: row.get(3)?, sort: row.get(4)? };
        views.push(stored.row(row.get(0)?)?);
    }
    Ok(views)
}

pub fn change(
    tx: &Connection,
    store: &StoreId,
    decide: &DecideView,
    keep: Option<&Keep>,
    now: Timestamp,
) -> Result<ViewChanged, Fault> {
    if let Some(keep) = keep
        && let Some(kept) = records::kept(tx, store, keep, now)?
    {
        return Ok(match kept {
            Kept::Answer(answer) => ViewChanged::Before(kept_view(&answer)?),
            Kept::OfSomethingElse => ViewChanged::KeyReused,
        });
    }
    let id = match decide(&all(tx, store)?) {
        Err(refusal) => return Ok(ViewChanged::Refused(refusal)),
        Ok(ViewChange::New(view)) => {
            let id = ViewId(counter(tx, store, "view")?);
            put_counter(tx, store, "view", id.0 + 1)?;
            put(tx, store, id, &view)?;
            id
        }
        Ok(ViewChange::Set(id, view)) => {
            put(tx, store, id, &view)?;
            id
        }
        Ok(ViewChange::Remove(id)) => {
            tx.prepare_cached("DELETE FROM views WHERE store_id = ?1 AND id = ?2")?
                .execute(params![store.as_str(), id.0])?;
            id
        }
    };
    if let Some(keep) = keep {
        records::keep(tx, store, keep, &id.to_string(), now)?;
    }
    Ok(ViewChanged::Now(id))
}

fn put(tx: &Connection, store: &StoreId, id: ViewId, view: &View) -> Result<(), Fault> {
    let StoredView { agent, name, filter, sort } = StoredView::of(view);
    tx.prepare_cached(
        "INSERT INTO views (store_id, id, agent_id, name, filter, sort) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
         ON CONFLICT (store_id, id) DO UPDATE SET agent_id = ?3, name = ?4, filter = ?5, sort = ?6",
    )?
    .execute(params![store.as_str(), id.0, agent, name, filter, sort])?;
    Ok(())
}
