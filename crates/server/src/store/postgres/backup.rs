//! Backups: every row that one snapshot has, in the portable file that SQLite's backups are. The file's own schema
//! says which tables and columns there are.

use super::fault::Fault;
use super::session::Session;
use super::values::{corrupt, known};
use crate::store::StoreError;
use crate::store::tables::Table;
use rusqlite::Connection;
use rusqlite::types::Value;
use tokio_postgres::Row;
use tokio_postgres::types::Type;

/// Rows fetched at a time.
const ROWS: u32 = 2_000;

/// Copies all rows of the session's snapshot to `file`; `progress` is told rows done and rows in all.
pub async fn copy(
    session: &Session,
    file: Connection,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(), Fault> {
    let tables = Table::all(&file).map_err(written)?;
    let mut total = 0;
    for table in &tables {
        total += count(session, table).await?;
    }
    let mut done = 0;
    progress(done, total);
    file.execute_batch("PRAGMA foreign_keys = OFF; BEGIN").map_err(written)?;
    for table in &tables {
        let columns = table.listed();
        session.run(&format!("DECLARE rows CURSOR FOR SELECT {columns} FROM {}", table.name)).await?;
        loop {
            let rows = session.rows(&format!("FETCH {ROWS} FROM rows"), &[]).await?;
            if rows.is_empty() {
                break;
            }
            insert(&file, table, &rows)?;
            done += u64::try_from(rows.len()).unwrap_or(0);
            progress(done, total);
        }
        session.run("CLOSE rows").await?;
    }
    file.execute_batch("COMMIT").map_err(written)?;
    Ok(())
}

fn written(error: rusqlite::Error) -> StoreError {
    StoreError::Backend(format!("the backup cannot be written: {error}"))
}

pub async fn count(session: &Session, table: &Table) -> Result<u64, Fault> {
    let row = session.row(&format!("SELECT count(*) FROM {}", table.name), &[]).await?;
    let count: i64 = known("a count", row)?.try_get(0)?;
    Ok(known("a count", count.try_into().ok())?)
}

fn insert(file: &Connection, table: &Table, rows: &[Row]) -> Result<(), Fault> {
    let places: Vec<String> = (1..=table.columns.len()).map(|place| format!("?{place}")).collect();
    let sql = format!("INSERT INTO {} ({}) VALUES ({})", table.name, table.listed(), places.join(", "));
    let mut insert = file.prepare_cached(&sql).map_err(written)?;
    for row in rows {
        let values = (0..row.len()).map(|place| value(row, place)).collect::<Result<Vec<_>, _>>()?;
        insert.execute(rusqlite::params_from_iter(values)).map_err(written)?;
    }
    Ok(())
}

pub fn value(row: &Row, place: usize) -> Result<Value, Fault> {
    let kind = row.columns()[place].type_();
    let value = match *kind {
        Type::INT8 => row.try_get::<_, Option<i64>>(place)?.map(Value::Integer),
        Type::FLOAT8 => row.try_get::<_, Option<f64>>(place)?.map(Value::Real),
        Type::BOOL => row.try_get::<_, Option<bool>>(place)?.map(|is| Value::Integer(is.into())),
        Type::TEXT => row.try_get::<_, Option<String>>(place)?.map(Value::Text),
        Type::BYTEA => row.try_get::<_, Option<Vec<u8>>>(place)?.map(Value::Blob),
        ref other => return Err(corrupt(row.columns()[place].name(), other).into()),
    };
    Ok(value.unwrap_or(Value::Null))
}
