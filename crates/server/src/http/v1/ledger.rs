//! `/v1/ledger`: who was given what out of a pool, and what would have been their part.

use super::caller::{Admitted, admit};
use super::change::{Answer, current};
use super::json;
use super::parameters::Parameters;
use super::problem::Problem;
use crate::app::App;
use crate::ledger::shown::{Period, Shown};
use crate::settings::Viewer;
use crate::store::types::CurrentSettings;
use axum::extract::{Request, State};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rota_core::access::{Extent, Section, Subject, reach};
use rota_core::ids::TeamId;
use rota_core::ticket::Pool;
use std::sync::Arc;

pub async fn show(State(app): State<Arc<App>>, request: Request) -> Answer {
    let call = admit(&app, request).await?;
    if reach(&call.caller.actor, Section::Ledger).sees == Extent::None {
        return Err(Problem::not_found().into());
    }
    let parameters = Parameters::read(&call.uri, &["pool", "from", "to"])?;
    let current = current(&app, &call).await?;
    let pool = pool(&call, &parameters, &current)?;
    let period = period(&app, &parameters, &current)?;
    let row = app.store.ledger(&call.caller.store, pool, period.from, period.to).await?;
    let shown = Shown::new(&row, pool, period, &current).ok_or_else(Problem::not_found)?;
    Ok(json::ok(&shown.json()))
}

/// The pool that is asked for, if the caller may see its ledger.
fn pool(call: &Admitted, parameters: &Parameters, current: &CurrentSettings) -> Result<Pool, Problem> {
    let (pool, subject) = match parameters.get("pool") {
        None | Some("store") => (Pool::Store, Subject::Store),
        Some(team) => {
            let known = team.parse().ok().filter(|team| *team > 0).map(TeamId);
            let team = known.ok_or_else(|| Problem::field("pool", "is store, or a team's number"))?;
            (Pool::Team(team), Subject::Team(team))
        }
    };
    let sees = Viewer::new(&call.caller.actor, current).sees(Section::Ledger, subject);
    if sees { Ok(pool) } else { Err(Problem::not_found()) }
}

fn period(app: &App, parameters: &Parameters, current: &CurrentSettings) -> Result<Period, Problem> {
    let date = |name| parameters.parsed::<Date>(name, "is a date, such as 2026-11-25");
    let zone = current.store.as_ref().map(|store| TimeZone::get(&store.timezone));
    let zone = zone.transpose().map_err(Problem::internal)?.unwrap_or(TimeZone::UTC);
    let today = zone.to_datetime(app.clock.now()).date();
    let period = Period::new(date("from")?, date("to")?, today);
    period.map_err(|(field, rule)| Problem::field(field, rule))
}
