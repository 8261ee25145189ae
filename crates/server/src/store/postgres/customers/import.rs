//! Imports: many customers at a time, with a few statements for all of those that are named by their id.

use super::{COLUMNS, find, free_number, from_row, take, write};
use crate::settings;
use crate::store::StoreError;
use crate::store::postgres::audit;
use crate::store::postgres::fault::Fault;
use crate::store::postgres::provision::put_counter;
use crate::store::postgres::session::Session;
use crate::store::postgres::values::known;
use crate::store::types::{CustomerKey, CustomerRow, CustomerSet, ImportRow};
use jiff::Timestamp;
use rota_core::access::Actor;
use rota_core::address::email_key;
use rota_core::ids::{CustomerId, StoreId};
use std::collections::HashMap;

/// Adds or updates the customers of an import. A row is found by its id, or else like any other call's.
pub async fn import(
    session: &Session,
    store: &StoreId,
    by: &Actor,
    rows: &[ImportRow],
    now: Timestamp,
) -> Result<Vec<Result<(), String>>, Fault> {
    let next = take(session, store).await?.ok_or(StoreError::NotFound)?;
    let mut import = Import {
        session,
        store,
        now,
        next,
        known: HashMap::new(),
        partners: HashMap::new(),
        changed: HashMap::new(),
    };
    let mut outcomes = Vec::with_capacity(rows.len());
    import.read_named(rows).await?;
    for row in rows.iter().cloned() {
        outcomes.push(import.row(row).await?);
    }
    import.flush().await?;
    put_counter(session, store, "customer", import.next).await?;
    audit::append(session, store, by, settings::import_logged(&outcomes).as_slice(), now).await?;
    Ok(outcomes)
}

struct Import<'a> {
    session: &'a Session,
    store: &'a StoreId,
    now: Timestamp,
    /// The next number for a customer without an id.
    next: i64,
    /// The stored customers that rows name by id or by partner id.
    known: HashMap<CustomerId, CustomerRow>,
    /// Whose each partner id is.
    partners: HashMap<String, CustomerId>,
    /// What is still to be written.
    changed: HashMap<CustomerId, CustomerRow>,
}

impl Import<'_> {
    async fn read_named(&mut self, rows: &[ImportRow]) -> Result<(), Fault> {
        let ids: Vec<&str> = rows.iter().filter_map(|row| row.id.as_ref()).map(CustomerId::as_str).collect();
        let partners: Vec<&str> = rows.iter().filter_map(|row| row.partner_id.as_deref()).collect();
        let select = format!(
            "SELECT {COLUMNS} FROM customers WHERE store_id = $1 AND id = ANY($2)
             UNION
             SELECT {COLUMNS} FROM customers WHERE store_id = $1 AND partner_customer_id = ANY($3)"
        );
        for row in self.session.rows(&select, &[&self.store.as_str(), &ids, &partners]).await? {
            self.know(from_row(&row)?);
        }
        Ok(())
    }

    async fn row(&mut self, row: ImportRow) -> Result<Result<(), String>, Fault> {
        let found = match &row.id {
            Some(id) => self.known.get(id).cloned(),
            None => self.by_contact(&row).await?,
        };
        let own = found.as_ref().map(|found| &found.id).or(row.id.as_ref());
        let holder = row.partner_id.as_ref().and_then(|partner_id| self.partners.get(partner_id));
        if let Some(holder) = holder.filter(|holder| own != Some(*holder)) {
            return Ok(Err(format!("partnerCustomerId belongs to customer {holder}")));
        }
        let id = match own {
            Some(id) => id.clone(),
            None => self.number().await?,
        };
        let was = found.as_ref().and_then(|found| found.partner_id.clone());
        let customer = row.into_customer(id.clone(), found, self.now);
        let gives_up_its_partner_id = was.is_some() && was != customer.partner_id;
        self.know(customer.clone());
        self.changed.insert(id, customer);
        if gives_up_its_partner_id {
            // A later row may take it, and within one statement it could come first.
            self.flush().await?;
        }
        Ok(Ok(()))
    }

    fn know(&mut self, customer: CustomerRow) {
        if let Some(partner_id) = &customer.partner_id {
            self.partners.insert(partner_id.clone(), customer.id.clone());
        }
        let before = self.known.insert(customer.id.clone(), customer);
        let given_up = before.and_then(|before| before.partner_id.map(|partner_id| (partner_id, before.id)));
        if let Some((partner_id, id)) = given_up
            && self.known[&id].partner_id.as_ref() != Some(&partner_id)
        {
            self.partners.remove(&partner_id);
        }
    }

    /// What earlier rows changed counts, so it is written first.
    async fn by_contact(&mut self, row: &ImportRow) -> Result<Option<CustomerRow>, Fault> {
        self.flush().await?;
        let key = CustomerKey {
            id: None,
            partner_id: row.partner_id.clone(),
            phone: row.phone.clone(),
            email_key: row.email.as_deref().map(email_key),
        };
        find(self.session, self.store, &key, CustomerSet::default()).await
    }

    async fn number(&mut self) -> Result<CustomerId, Fault> {
        let number = free_number(self.session, self.store, self.next).await?;
        self.next = number + 1;
        Ok(known("counters.customer", CustomerId::new(&number.to_string()))?)
    }

    async fn flush(&mut self) -> Result<(), Fault> {
        let rows: Vec<&CustomerRow> = self.changed.values().collect();
        if !rows.is_empty() {
            write(self.session, self.store, &rows).await?;
        }
        self.changed.clear();
        Ok(())
    }
}
