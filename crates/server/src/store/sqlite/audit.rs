//! The audit log.

use super::fault::Fault;
use super::provision::{counter, put_counter};
use super::values::{ms, time};
use crate::store::types::{AuditEntry, AuditRow};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::ids::StoreId;
use rusqlite::{Connection, params};

/// Appends entries, in their order.
pub fn append(
    tx: &Connection,
    store: &StoreId,
    by: &Actor,
    entries: &[AuditEntry],
    now: Timestamp,
) -> Result<(), Fault> {
    if entries.is_empty() {
        return Ok(());
    }
    let mut position = counter(tx, store, "audit")?;
    let mut insert = tx.prepare_cached(
        "INSERT INTO audit (store_id, position, at, actor, subject, before, after) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
    )?;
    for AuditEntry { subject, before, after } in entries {
        let [before, after] = [before, after].map(|value| value.as_ref().map(ToString::to_string));
        insert.execute(params![store.as_str(), position, ms(now), by.to_string(), subject, before, after])?;
        position += 1;
    }
    put_counter(tx, store, "audit", position)
}

/// Entries from before a position on, newest first.
pub fn page(
    db: &Connection,
    store: &StoreId,
    subject: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRow>, Fault> {
    let of_subject = if subject.is_some() { "AND subject = ?4" } else { "AND ?4 IS NULL" };
    let mut select = db.prepare_cached(&format!(
        "SELECT position, at, actor, subject, before, after FROM audit
         WHERE store_id = ?1 AND position < ?2 {of_subject} ORDER BY position DESC LIMIT ?3"
    ))?;
    let mut rows = select.query(params![store.as_str(), before.unwrap_or(i64::MAX), limit, subject])?;
    let mut page = Vec::new();
    while let Some(row) = rows.next()? {
        let (at, actor): (i64, String) = (row.get(1)?, row.get(2)?);
        let (before, after): (Option<String>, Option<String>) = (row.get(4)?, row.get(5)?);
        let values = [before.as_deref(), after.as_deref()];
        page.push(AuditRow::read(row.get(0)?, time(at)?, &actor, row.get(3)?, values)?);
    }
    Ok(page)
}

/// Blanks the values of a subject's entries.
pub fn blank(tx: &Connection, store: &StoreId, subject: &str, with: &str) -> Result<(), Fault> {
    tx.prepare_cached(
        "UPDATE audit SET before = CASE WHEN before IS NOT NULL THEN ?3 END,
                          after = CASE WHEN after IS NOT NULL THEN ?3 END
         WHERE store_id = ?1 AND subject = ?2",
    )?
    .execute(params![store.as_str(), subject, with])?;
    Ok(())
}
