//! What the plan needs to know of customers, kept answers and open tickets: one statement each for all stores.

use crate::store::postgres::fault::Fault;
use crate::store::postgres::session::Session;
use crate::store::postgres::values::{corrupt, hash, known, time};
use rota_core::ids::{AgentId, CustomerId, StoreId};
use rota_core::intake::{Facts, Lookups, Record, RecordKey};
use tokio_postgres::Row;

pub type StoreFacts = Facts;

/// Reads in one round trip, for stores in the order of their ids; answers in their order.
pub async fn read_facts(
    session: &Session,
    wanted: Vec<(&StoreId, Lookups<'_>)>,
) -> Result<Vec<StoreFacts>, Fault> {
    let (customers, records, loads, tags, last_agents) = tokio::join!(
        customers(session, &wanted),
        records(session, &wanted),
        loads(session, &wanted),
        tags(session, &wanted),
        last_agents(session, &wanted),
    );
    let mut facts: Vec<Facts> = wanted.iter().map(|_| Facts::default()).collect();
    // A row belongs to the store whose place among those wanted its first column tells.
    for row in customers? {
        let customer = known("customers.id", CustomerId::new(row.try_get(1)?))?;
        facts[place(&row)?].customers.insert(customer);
    }
    for row in records? {
        let (key, record) = record(&row)?;
        facts[place(&row)?].records.insert(key, record);
    }
    for row in loads? {
        let open: i64 = row.try_get(2)?;
        let open = known("agent_loads.open", open.try_into().ok())?;
        facts[place(&row)?].loads.insert(AgentId(row.try_get(1)?), open);
    }
    for row in tags? {
        let customer = known("customer_tags.customer_id", CustomerId::new(row.try_get(1)?))?;
        let tags = &mut facts[place(&row)?].tags;
        tags.entry(customer).or_default().push(row.try_get::<_, &str>(2)?.into());
    }
    for row in last_agents? {
        let customer = known("last_agents.customer_id", CustomerId::new(row.try_get(1)?))?;
        let last = (AgentId(row.try_get(2)?), time(row.try_get(3)?)?);
        facts[place(&row)?].last_agents.insert(customer, last);
    }
    Ok(facts)
}

fn place(row: &Row) -> Result<usize, Fault> {
    let place: i64 = row.try_get(0)?;
    Ok(known("a place", usize::try_from(place).ok())?)
}

type Wanted<'a, 'b> = [(&'a StoreId, Lookups<'b>)];

async fn customers(session: &Session, wanted: &Wanted<'_, '_>) -> Result<Vec<Row>, Fault> {
    let (places, stores, ids) = of_customers(wanted, |_| true);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = "
        SELECT w.place, w.id FROM unnest($1, $2, $3) AS w (place, store_id, id),
        LATERAL (SELECT FROM customers c WHERE c.store_id = w.store_id AND c.id = w.id AND c.active LIMIT 1) AS found";
    session.kept_rows(select, &[&places, &stores, &ids]).await
}

async fn tags(session: &Session, wanted: &Wanted<'_, '_>) -> Result<Vec<Row>, Fault> {
    let (places, stores, ids) = of_customers(wanted, |lookups| lookups.tags);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = "
        SELECT w.place, w.id, t.tag FROM unnest($1, $2, $3) AS w (place, store_id, id)
        JOIN customer_tags t ON t.store_id = w.store_id AND t.customer_id = w.id";
    session.rows(select, &[&places, &stores, &ids]).await
}

async fn last_agents(session: &Session, wanted: &Wanted<'_, '_>) -> Result<Vec<Row>, Fault> {
    let (places, stores, ids) = of_customers(wanted, |lookups| lookups.last_agents);
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let select = "
        SELECT w.place, w.id, l.agent_id, l.at FROM unnest($1, $2, $3) AS w (place, store_id, id)
        JOIN last_agents l ON l.store_id = w.store_id AND l.customer_id = w.id";
    session.rows(select, &[&places, &stores, &ids]).await
}

/// The customers of those stores that `is_wanted` says, with the stores' places.
fn of_customers<'w>(
    wanted: &'w Wanted<'_, '_>,
    is_wanted: impl Fn(&Lookups<'_>) -> bool,
) -> (Vec<i64>, Vec<&'w str>, Vec<&'w str>) {
    let (mut places, mut stores, mut ids) = (Vec::new(), Vec::new(), Vec::new());
    let of_stores = (0i64..).zip(wanted).filter(|(_, (_, lookups))| is_wanted(lookups));
    for (place, (store, lookups)) in of_stores {
        for id in &lookups.customers {
            places.push(place);
            stores.push(store.as_str());
            ids.push(id.as_str());
        }
    }
    (places, stores, ids)
}

async fn records(session: &Session, wanted: &Wanted<'_, '_>) -> Result<Vec<Row>, Fault> {
    let (mut places, mut stores, mut callers, mut keys) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (place, (store, lookups)) in (0i64..).zip(wanted) {
        for record in &lookups.records {
            places.push(place);
            stores.push(store.as_str());
            callers.push(&*record.caller);
            keys.push(&*record.key);
        }
    }
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let select = "
        SELECT w.place, w.caller, w.key, i.body_hash, i.answer, i.expires_at
        FROM unnest($1, $2, $3, $4) AS w (place, store_id, caller, key)
        JOIN idempotency i ON i.store_id = w.store_id AND i.caller = w.caller AND i.key = w.key";
    // Not kept: the table has two indexes that begin with the store, and which one is better shows only once it is filled.
    session.rows(select, &[&places, &stores, &callers, &keys]).await
}

fn record(row: &Row) -> Result<(RecordKey, Record), Fault> {
    let key = RecordKey { caller: row.try_get::<_, &str>(1)?.into(), key: row.try_get::<_, &str>(2)?.into() };
    let answer: &str = row.try_get(4)?;
    let record = Record {
        body_hash: hash(row.try_get(3)?)?,
        answer: serde_json::from_str(answer).map_err(|error| corrupt("idempotency.answer", error))?,
        expires_at: time(row.try_get(5)?)?,
    };
    Ok((key, record))
}

async fn loads(session: &Session, wanted: &Wanted<'_, '_>) -> Result<Vec<Row>, Fault> {
    let with_loads = (0i64..).zip(wanted).filter(|(_, (_, lookups))| lookups.loads);
    let (places, stores): (Vec<i64>, Vec<&str>) =
        with_loads.map(|(place, (store, _))| (place, store.as_str())).unzip();
    if stores.is_empty() {
        return Ok(Vec::new());
    }
    let select = "
        SELECT w.place, l.agent_id, l.open FROM unnest($1, $2) AS w (place, store_id)
        CROSS JOIN LATERAL (SELECT max(generation) AS now FROM routing WHERE store_id = w.store_id) AS generation
        CROSS JOIN LATERAL (SELECT agent_id, open FROM agent_loads
                            WHERE store_id = w.store_id AND generation = generation.now OFFSET 0) AS l";
    session.kept_rows(select, &[&places, &stores]).await
}
