//! A customer's assets, addresses and tags.

use crate::store::postgres::fault::Fault;
use crate::store::postgres::provision::{counter, put_counter};
use crate::store::postgres::session::Session;
use crate::store::postgres::values::{ms, time};
use crate::store::types::{Asset, AssetKind, CustomerRow, CustomerSet, PostalAddress};
use rota_core::ids::StoreId;
use tokio_postgres::Row;

pub async fn read(
    session: &Session,
    store: &StoreId,
    row: &mut CustomerRow,
    with: CustomerSet,
) -> Result<(), Fault> {
    let (store, customer) = (store.as_str(), row.id.as_str().to_owned());
    if with.assets {
        let select = "SELECT id, kind, value, country_code, created_at FROM customer_assets
                      WHERE store_id = $1 AND customer_id = $2 ORDER BY id";
        let rows = session.rows(select, &[&store, &customer]).await?;
        row.assets = rows.iter().map(asset).collect::<Result<_, _>>()?;
    }
    if with.addresses {
        let select =
            "SELECT id, partner_address_id, address1, city, country, country_code, state, zip, is_default
                      FROM customer_addresses WHERE store_id = $1 AND customer_id = $2 ORDER BY id";
        let rows = session.rows(select, &[&store, &customer]).await?;
        row.addresses = rows.iter().map(address).collect::<Result<_, _>>()?;
    }
    if with.tags {
        let select = "SELECT tag FROM customer_tags WHERE store_id = $1 AND customer_id = $2 ORDER BY tag";
        let rows = session.rows(select, &[&store, &customer]).await?;
        row.tags = rows.iter().map(|row| row.try_get(0)).collect::<Result<_, _>>()?;
    }
    Ok(())
}

fn asset(row: &Row) -> Result<Asset, Fault> {
    let kind: &str = row.try_get(1)?;
    Ok(Asset {
        id: row.try_get(0)?,
        kind: if kind == "EMAIL" { AssetKind::Email } else { AssetKind::PhoneNumber },
        value: row.try_get(2)?,
        country_code: row.try_get(3)?,
        created_at: time(row.try_get(4)?)?,
    })
}

fn address(row: &Row) -> Result<PostalAddress, Fault> {
    Ok(PostalAddress {
        id: row.try_get(0)?,
        partner_id: row.try_get(1)?,
        address1: row.try_get(2)?,
        city: row.try_get(3)?,
        country: row.try_get(4)?,
        country_code: row.try_get(5)?,
        state: row.try_get(6)?,
        zip: row.try_get(7)?,
        is_default: row.try_get(8)?,
    })
}

/// Makes the stored assets, addresses and tags those of `row`; new ones get their ids.
pub async fn write(session: &Session, store: &StoreId, row: &mut CustomerRow) -> Result<(), Fault> {
    for table in ["customer_assets", "customer_addresses", "customer_tags"] {
        let gone = format!("DELETE FROM {table} WHERE store_id = $1 AND customer_id = $2");
        session.execute(&gone, &[&store.as_str(), &row.id.as_str()]).await?;
    }
    number(session, store, "asset", row.assets.iter_mut().map(|asset| &mut asset.id)).await?;
    number(session, store, "address", row.addresses.iter_mut().map(|address| &mut address.id)).await?;
    for asset in &row.assets {
        write_asset(session, store, row, asset).await?;
    }
    for address in &row.addresses {
        write_address(session, store, row, address).await?;
    }
    let insert = "INSERT INTO customer_tags (store_id, customer_id, tag) SELECT $1, $2, unnest($3)";
    let tags: Vec<&str> = row.tags.iter().map(String::as_str).collect();
    session.execute(insert, &[&store.as_str(), &row.id.as_str(), &tags]).await?;
    Ok(())
}

/// Gives the next numbers of a kind to those that have none.
async fn number(
    session: &Session,
    store: &StoreId,
    kind: &str,
    ids: impl Iterator<Item = &mut i64>,
) -> Result<(), Fault> {
    let new: Vec<&mut i64> = ids.filter(|id| **id == 0).collect();
    if new.is_empty() {
        return Ok(());
    }
    let mut next = counter(session, store, kind).await?;
    for id in new {
        *id = next;
        next += 1;
    }
    put_counter(session, store, kind, next).await
}

async fn write_asset(
    session: &Session,
    store: &StoreId,
    of: &CustomerRow,
    asset: &Asset,
) -> Result<(), Fault> {
    let insert = "
        INSERT INTO customer_assets (store_id, customer_id, id, kind, value, country_code, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    let (kind, value, country) = (asset.kind.name(), asset.value.as_str(), asset.country_code.as_deref());
    let at = ms(asset.created_at);
    session
        .execute(insert, &[&store.as_str(), &of.id.as_str(), &asset.id, &kind, &value, &country, &at])
        .await?;
    Ok(())
}

async fn write_address(
    session: &Session,
    store: &StoreId,
    of: &CustomerRow,
    address: &PostalAddress,
) -> Result<(), Fault> {
    let insert = "
        INSERT INTO customer_addresses (store_id, customer_id, id, partner_address_id, address1, city, country,
                                        country_code, state, zip, is_default)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    session
        .execute(
            insert,
            &[
                &store.as_str(),
                &of.id.as_str(),
                &address.id,
                &address.partner_id.as_deref(),
                &address.address1.as_deref(),
                &address.city.as_deref(),
                &address.country.as_deref(),
                &address.country_code.as_deref(),
                &address.state.as_deref(),
                &address.zip.as_deref(),
                &address.is_default,
            ],
        )
        .await?;
    Ok(())
}
