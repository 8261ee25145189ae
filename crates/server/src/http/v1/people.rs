//! The paths of people and settings.

use super::{agents, audit, channels, customers, keys, labels, rules, settings, stages, teams, webhooks};
use crate::app::App;
use axum::routing::{MethodRouter, get, post};
use std::sync::Arc;

pub fn routes() -> Vec<(&'static str, &'static str, MethodRouter<Arc<App>>)> {
    const MANY: &str = "GET,HEAD,POST";
    const ONE: &str = "GET,HEAD,DELETE,PATCH";
    const WHOLE: &str = "GET,HEAD,PUT";
    const KEPT: &str = "GET,HEAD,DELETE";
    let agent = get(agents::show).patch(agents::set).delete(agents::archive);
    let team = get(teams::show).patch(teams::set).delete(teams::archive);
    let label = get(labels::show).patch(labels::set).delete(labels::archive);
    let customer = get(customers::show).patch(customers::set).delete(customers::archive);
    vec![
        ("/v1/agents", MANY, get(agents::list).post(agents::add)),
        ("/v1/agents/{id}", ONE, agent),
        ("/v1/agents/{id}/availability", WHOLE, get(agents::availability).put(agents::make_available)),
        ("/v1/teams", MANY, get(teams::list).post(teams::add)),
        ("/v1/teams/{id}", ONE, team),
        ("/v1/labels", MANY, get(labels::list).post(labels::add)),
        ("/v1/labels/{id}", ONE, label),
        ("/v1/stages", WHOLE, get(stages::show).put(stages::set)),
        ("/v1/rules", WHOLE, get(rules::show).put(rules::set)),
        ("/v1/rules/check", "POST", post(rules::check)),
        ("/v1/rules/try", "POST", post(rules::attempt)),
        ("/v1/channels", MANY, get(channels::list).post(channels::add)),
        ("/v1/channels/{channel}/{address}", KEPT, get(channels::show).delete(channels::archive)),
        ("/v1/keys", MANY, get(keys::list).post(keys::add)),
        ("/v1/keys/{id}", KEPT, get(keys::show).delete(keys::revoke)),
        ("/v1/settings", "GET,HEAD,PATCH", get(settings::show).patch(settings::set)),
        ("/v1/customers", MANY, get(customers::list).post(customers::add)),
        ("/v1/customers/{id}", ONE, customer),
        ("/v1/customers/{id}/erase", "POST", post(customers::erase)),
        ("/v1/audit", "GET,HEAD", get(audit::list)),
        ("/v1/webhooks", MANY, get(webhooks::list).post(webhooks::add)),
        ("/v1/webhooks/{id}", ONE, get(webhooks::show).patch(webhooks::set).delete(webhooks::remove)),
        ("/v1/webhooks/{id}/rotate", "POST", post(webhooks::rotate)),
        ("/v1/webhooks/{id}/test", "POST", post(webhooks::test)),
        ("/v1/webhooks/{id}/attempts", "GET,HEAD", get(webhooks::attempts)),
        ("/v1/webhooks/{id}/resend", "POST", post(webhooks::resend)),
    ]
}
