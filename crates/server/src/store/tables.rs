//! The tables of an installation, which both databases have alike, as SQLite's schema tells them.

use rusqlite::Connection;
use rusqlite::types::Value;

/// A row in the order of its table's columns; true and false are 1 and 0.
pub type Row = Vec<Value>;

/// Tables that are made of the others: a copy makes them anew. `ticket_words` has further tables under its name.
const DERIVED: [&str; 3] = ["listing", "unlisted", "listed"];

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Integer,
    Real,
    Text,
    Blob,
}

#[derive(Debug)]
pub struct Table {
    pub name: String,
    pub columns: Vec<String>,
    pub kinds: Vec<Kind>,
    /// The places of the primary key's columns, in the key's order.
    pub key: Vec<usize>,
}

impl Table {
    /// The tables of `db` but for the list of migrations and what is made of the others ([`DERIVED`]). A table that refers to another comes after it: a migration
    /// can only refer to what is there. A column that PostgreSQL alone has (a ticket's batch) is about commits under way,
    /// and stays behind.
    pub fn all(db: &Connection) -> rusqlite::Result<Vec<Self>> {
        let mut names = db.prepare(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name <> 'schema_migrations' ORDER BY rowid",
        )?;
        let names =
            names.query_map([], |row| row.get::<_, String>(0))?.collect::<rusqlite::Result<Vec<_>>>()?;
        let is_derived = |name: &str| DERIVED.contains(&name) || name.starts_with("ticket_words");
        names.into_iter().filter(|name| !is_derived(name)).map(|name| Self::named(db, name)).collect()
    }

    fn named(db: &Connection, name: String) -> rusqlite::Result<Self> {
        let mut info = db.prepare("SELECT name, type, pk FROM pragma_table_info(?1) ORDER BY cid")?;
        let (mut columns, mut kinds, mut key) = (Vec::new(), Vec::new(), Vec::new());
        let mut rows = info.query([&name])?;
        while let Some(row) = rows.next()? {
            let place_in_key: usize = row.get(2)?;
            if place_in_key > 0 {
                key.push((place_in_key, columns.len()));
            }
            columns.push(row.get(0)?);
            kinds.push(match row.get_ref(1)?.as_str()? {
                "INTEGER" => Kind::Integer,
                "REAL" => Kind::Real,
                "BLOB" => Kind::Blob,
                _ => Kind::Text,
            });
        }
        drop(rows);
        key.sort_unstable();
        Ok(Self { columns, kinds, key: key.into_iter().map(|(_, place)| place).collect(), name })
    }

    /// The names of the columns, for a statement.
    pub fn listed(&self) -> String {
        self.columns.join(", ")
    }

    /// The names of the key's columns, for a statement.
    pub fn listed_key(&self) -> String {
        let names: Vec<&str> = self.key.iter().map(|&place| self.columns[place].as_str()).collect();
        names.join(", ")
    }

    /// The key of a row.
    pub fn key_of(&self, row: &Row) -> Row {
        self.key.iter().map(|&place| row[place].clone()).collect()
    }
}
