//! `/v1/channels`: the store's own numbers and mail addresses.

use super::caller::admit;
use super::change::{Answer, changed, conditional, created, current, repeatable, shown, viewer};
use super::json;
use super::problem::Problem;
use crate::app::App;
use crate::settings::channels::{self, NewChannel, compared};
use axum::extract::{Path, Request, State};
use axum::http::StatusCode;
use rota_core::access::Section;
use rota_core::ticket::Channel;
use serde_json::{Value, json};
use std::sync::Arc;

type One = Path<(String, String)>;

/// All of them: a store has few.
pub async fn list(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Channels)?;
    let items: Vec<Value> = current.brands.iter().map(|row| viewer.channel(row)).collect();
    Ok(json::ok(&json!({ "items": items, "next": null })))
}

pub async fn add(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let asked = repeatable(&call)?;
    let NewChannel { channel, address } = json::read(&call.headers, &call.body)?;
    let address = compared(channel, &address).map_err(|rule| Problem::field("address", rule))?;
    let path = format!("/v1/channels/{}/{address}", channel.name());
    created(&app, &call, channels::add(asked, channel, address), |_| path.clone()).await
}

pub async fn show(State(app): State<Arc<App>>, Path(one): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let (channel, address) = read(one)?;
    let current = current(&app, &call).await?;
    let viewer = viewer(&call, &current, Section::Channels)?;
    let mut rows = current.brands.iter();
    let row = rows.find(|row| row.channel == channel && row.address == address);
    Ok(shown(StatusCode::OK, &viewer.channel(row.ok_or_else(Problem::not_found)?)))
}

pub async fn archive(State(app): State<Arc<App>>, Path(one): One, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    let (channel, address) = read(one)?;
    changed(&app, &call, channels::archive(conditional(&call), channel, address)).await
}

fn read((channel, address): (String, String)) -> Result<(Channel, String), Problem> {
    let channel = Channel::from_name(&channel).ok_or_else(Problem::not_found)?;
    let address = compared(channel, &address).map_err(|_| Problem::not_found())?;
    Ok((channel, address))
}
