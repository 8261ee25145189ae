//! The audit log.

use super::fault::Fault;
use super::provision::take_numbers;
use super::session::Session;
use super::values::{ms, time};
use crate::store::types::{AuditEntry, AuditRow};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::ids::StoreId;

/// Entries written in one statement.
const AT_ONCE: usize = 1_000;

/// Appends entries, in their order.
pub async fn append(
    session: &Session,
    store: &StoreId,
    by: &Actor,
    entries: &[AuditEntry],
    now: Timestamp,
) -> Result<(), Fault> {
    if entries.is_empty() {
        return Ok(());
    }
    // The counter's row is the lock on a store's audit log: not all that is logged happens under the store's own.
    let next = take_numbers(session, store, "audit", entries.len()).await?;
    let mut position = next - i64::try_from(entries.len()).unwrap_or(i64::MAX);
    let insert = "
        INSERT INTO audit (store_id, position, at, actor, subject, before, after)
        SELECT $1, $2 + place - 1, $3, $4, subject, before, after
        FROM unnest($5, $6, $7) WITH ORDINALITY AS e (subject, before, after, place)";
    for entries in entries.chunks(AT_ONCE) {
        let subjects: Vec<&str> = entries.iter().map(|entry| entry.subject.as_str()).collect();
        let told = |value: &Option<serde_json::Value>| value.as_ref().map(ToString::to_string);
        let befores: Vec<Option<String>> = entries.iter().map(|entry| told(&entry.before)).collect();
        let afters: Vec<Option<String>> = entries.iter().map(|entry| told(&entry.after)).collect();
        let (at, by) = (ms(now), by.to_string());
        session
            .execute(insert, &[&store.as_str(), &position, &at, &by, &subjects, &befores, &afters])
            .await?;
        position += i64::try_from(entries.len()).unwrap_or(i64::MAX);
    }
    Ok(())
}

/// Entries from before a position on, newest first.
pub async fn page(
    session: &Session,
    store: &StoreId,
    subject: Option<&str>,
    before: Option<i64>,
    limit: u32,
) -> Result<Vec<AuditRow>, Fault> {
    let of_subject = if subject.is_some() { "subject = $4" } else { "$4 IS NULL" };
    let select = format!(
        "SELECT position, at, actor, subject, before, after FROM audit
         WHERE store_id = $1 AND position < $2 AND {of_subject} ORDER BY position DESC LIMIT $3"
    );
    let before = before.unwrap_or(i64::MAX);
    let rows = session.rows(&select, &[&store.as_str(), &before, &i64::from(limit), &subject]).await?;
    rows.iter()
        .map(|row| {
            let values = [row.try_get(4)?, row.try_get(5)?];
            let at = time(row.try_get(1)?)?;
            Ok(AuditRow::read(row.try_get(0)?, at, row.try_get(2)?, row.try_get(3)?, values)?)
        })
        .collect()
}

/// Blanks the values of a subject's entries.
pub async fn blank(session: &Session, store: &StoreId, subject: &str, with: &str) -> Result<(), Fault> {
    let update = "
        UPDATE audit SET before = CASE WHEN before IS NOT NULL THEN $3 END,
                         after = CASE WHEN after IS NOT NULL THEN $3 END
        WHERE store_id = $1 AND subject = $2";
    session.execute(update, &[&store.as_str(), &subject, &with]).await?;
    Ok(())
}
