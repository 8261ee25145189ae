//! Endpoints.

use super::origin;
use crate::store::webhooks::WebhookRow;
use jiff::Timestamp;
use proptest::collection::{btree_set, vec};
use proptest::option;
use proptest::prelude::*;
use rota_core::event::Kind;
use rota_core::ids::WebhookId;
use rota_core::webhook::Format;

/// Some with the same address, rotated or switched off.
pub fn webhooks() -> impl Strategy<Value = Vec<WebhookRow>> {
    let url = "https://[a-c]\\.example/[a-z]{0,3}";
    let kinds = btree_set(proptest::sample::select(&Kind::ALL[..]), 0..4);
    let state = (any::<bool>(), option::of(Just("it answered 410")), 1..4_i64, any::<bool>());
    let format = proptest::sample::select(&Format::ALL[..]);
    let webhook = (url, kinds, format, state, origin()).prop_map(|(url, kinds, format, state, origin)| {
        let (active, why, generation, rotated) = state;
        WebhookRow {
            id: WebhookId(0),
            url,
            kinds,
            format,
            active,
            disabled_why: why.filter(|_| !active).map(str::to_owned),
            generation,
            rotated_at: rotated.then_some(Timestamp::UNIX_EPOCH),
            created_at: Timestamp::UNIX_EPOCH,
            origin,
        }
    });
    vec(webhook, 0..5).prop_map(|webhooks| {
        (1..).zip(webhooks).map(|(id, row)| WebhookRow { id: WebhookId(id), ..row }).collect()
    })
}
