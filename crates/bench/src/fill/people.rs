//! Customers, with names, numbers and mail addresses.

use rusqlite::{Transaction, params};

use super::{dice::Dice, texts::Texts};

const HOUR_MS: i64 = 3600 * 1000;

/// Has agents come and go on so many days until now, in versions of the roster before its first.
pub fn add_shifts(transaction: &Transaction, store: &str, agents: &[i64], days: i64) -> rusqlite::Result<()> {
    let now: i64 =
        transaction.query_row("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)", [], |row| row.get(0))?;
    let mut insert = transaction.prepare(
        "INSERT INTO agent_history (store_id, agent_id, roster_version, at, name, email, online, max_open, active)
         SELECT store_id, id, ?3, ?4, name, email, ?5, max_open, 1 FROM agents WHERE store_id = ?1 AND id = ?2",
    )?;
    // Hours after the shift begins at which one comes, goes, comes, goes.
    let hours = [0, 4, 5, 9];
    for (agent, number) in agents.iter().zip(0_i64..) {
        let mut version = -days * hours.len() as i64;
        for day in 0..days {
            let begin = now - (days - day) * 24 * HOUR_MS + (number % 3) * 8 * HOUR_MS;
            for (hour, is_online) in hours.iter().zip([true, false, true, false]) {
                let at = (begin + hour * HOUR_MS).min(now);
                insert.execute(params![store, agent, version, at, is_online])?;
                version += 1;
            }
        }
    }
    Ok(())
}

/// Adds so many customers, whose ids are the store's next numbers.
pub fn add_customers(transaction: &Transaction, store: &str, count: i64) -> rusqlite::Result<()> {
    let texts = Texts::new();
    let next = "SELECT coalesce((SELECT next FROM counters WHERE store_id = ?1 AND kind = 'customer'), 1)";
    let first: i64 = transaction.query_row(next, [store], |row| row.get(0))?;
    let mut insert = transaction.prepare(
        "INSERT INTO customers (store_id, id, partner_customer_id, first_name, last_name, phone, email, email_key,
                                country_code, phone_reversed, active, origin, created_at, updated_at)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7, 'IND', ?8, 1, 'command', ?9, ?9)",
    )?;
    let now: i64 =
        transaction.query_row("SELECT CAST(unixepoch('subsec') * 1000 AS INTEGER)", [], |row| row.get(0))?;
    for id in first..first + count {
        let mut dice = Dice::new(-id);
        let (name, family) = texts.name(&mut dice);
        let phone = format!("+9198{:08}", (id * 7_919) % 100_000_000);
        let reversed: String = phone.trim_start_matches('+').chars().rev().collect();
        let partner = dice.one_in(2).then(|| format!("shop-{id}"));
        let mail = format!("customer{id}@mail.example");
        insert.execute(params![store, id.to_string(), partner, name, family, phone, mail, reversed, now])?;
    }
    transaction.execute(
        "INSERT INTO counters (store_id, kind, next) VALUES (?1, 'customer', ?2)
         ON CONFLICT (store_id, kind) DO UPDATE SET next = max(next, excluded.next)",
        params![store, first + count],
    )?;
    Ok(())
}
