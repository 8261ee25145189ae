//! One batch of tickets as the rows that intake would have written.

use std::collections::BTreeMap;

use rusqlite::{Statement, Transaction, params};

use super::past::Ticket;

pub struct Rows<'a> {
    transaction: &'a Transaction<'a>,
    store: &'a str,
    next_ticket: i64,
    next_event: i64,
}

struct Inserts<'a> {
    ticket: Statement<'a>,
    label: Statement<'a>,
}

impl<'a> Rows<'a> {
    /// Reads where the store's numbers are.
    pub fn begin(transaction: &'a Transaction<'a>, store: &'a str) -> rusqlite::Result<Self> {
        let numbers = "SELECT next_ticket, next_event FROM routing WHERE store_id = ?1";
        let (next_ticket, next_event) =
            transaction.query_row(numbers, [store], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Self { transaction, store, next_ticket, next_event })
    }

    /// Writes all of them and moves the store's numbers and open counts on.
    pub fn write<'t>(mut self, tickets: impl Iterator<Item = Ticket<'t>>) -> rusqlite::Result<()> {
        let mut inserts = Inserts::prepare(self.transaction)?;
        let mut opened = BTreeMap::new();
        for ticket in tickets {
            self.insert(&mut inserts, &ticket)?;
            if ticket.stage == "open" {
                *opened.entry(ticket.agent_id).or_insert(0) += 1;
            }
        }
        self.finish(opened)
    }

    fn insert(&mut self, inserts: &mut Inserts, ticket: &Ticket) -> rusqlite::Result<()> {
        let (store, id) = (self.store, self.next_ticket);
        inserts.ticket.execute(params![
            store,
            id,
            ticket.customer_id,
            ticket.channel,
            ticket.stage,
            ticket.agent_id,
            ticket.team_id,
            ticket.created_at,
            self.next_event,
            ticket.receipt,
            ticket.brand_address,
            ticket.customer_address,
            ticket.task_title,
            ticket.context,
        ])?;
        if let Some(label) = ticket.label_id {
            inserts.label.execute(params![store, id, label])?;
        }
        self.next_ticket += 1;
        self.next_event += 1;
        Ok(())
    }

    fn finish(self, opened: BTreeMap<i64, i64>) -> rusqlite::Result<()> {
        for (agent, open) in opened {
            self.transaction.execute(
                "INSERT INTO agent_loads (store_id, agent_id, open) VALUES (?1, ?2, ?3)
                 ON CONFLICT DO UPDATE SET open = open + excluded.open",
                params![self.store, agent, open],
            )?;
        }
        self.transaction.execute(
            "UPDATE routing SET next_ticket = ?2, next_event = ?3 WHERE store_id = ?1",
            params![self.store, self.next_ticket, self.next_event],
        )?;
        Ok(())
    }
}

impl<'a> Inserts<'a> {
    fn prepare(transaction: &'a Transaction) -> rusqlite::Result<Self> {
        let prepare = |sql| transaction.prepare(sql);
        Ok(Self {
            ticket: prepare(
                "INSERT INTO tickets (store_id, id, customer_id, channel, stage, agent_id, team_id, created_at,
                                      created_by, event, receipt, brand_address, customer_address, task_title,
                                      context)
                 VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'api', ?9, ?10, ?11, ?12, ?13, ?14)",
            )?,
            label: prepare("INSERT INTO ticket_labels (store_id, ticket_id, label_id) VALUES (?1, ?2, ?3)")?,
        })
    }
}
