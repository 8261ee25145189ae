//! Delivering, in rounds of an endpoint: what is due again and what is new goes out at
//! once, in order per ticket, and what came of it is written together with how far the endpoint is.

use super::client::Client;
use super::key::Master;
use super::payload::{Message, message};
use super::{Told, Webhooks};
use crate::clock::{Clock, Entropy};
use crate::events::Event;
use crate::rounds::{Rounds, random};
use crate::settings;
use crate::settings::webhooks::disable;
use crate::site::PublicUrl;
use crate::store::due::Lease;
use crate::store::types::AgentRow;
use crate::store::webhooks::{Attempt, Endpoint, Outcome, Pending, Round, WebhookRow};
use crate::store::{Store, StoreError};
use crate::telemetry::{Destination, Metrics};
use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use rota_core::ids::{StoreId, TicketId, WebhookId};
use rota_core::webhook::{self, Format, Verdict};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// After this a round begins no further request, so that it ends within twice the client's patience.
const ROUND: Duration = Duration::from_secs(10);
/// Endpoints found at a time.
const ENDPOINTS: u32 = 1_000;
/// Events of a round, and as many that are due again.
const BATCH: u32 = 100;
/// Requests to one endpoint at a time.
const AT_ONCE: usize = 16;

/// Clients of endpoints, each with its address.
pub type Clients = HashMap<(StoreId, WebhookId), (String, Arc<Client>)>;

pub struct Deliverer {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub url: PublicUrl,
    pub webhooks: Arc<Webhooks>,
    pub metrics: Arc<Metrics>,
    /// Of the endpoints that are worked.
    pub clients: Mutex<Clients>,
}

/// An event that is to be told, and how it has gone so far.
struct Item {
    message: Message,
    before: Pending,
    /// It may not go yet: an earlier one of its ticket has not gone.
    held: bool,
}

/// What one ticket's events came to.
#[derive(Default)]
struct Outcomes {
    attempts: Vec<Attempt>,
    done: Vec<(i64, u8)>,
    pending: Vec<Pending>,
}

/// When a round begins no further request.
struct Stop {
    at: Instant,
    /// The receiver wants no more.
    is_gone: AtomicBool,
}

impl Stop {
    fn has_come(&self) -> bool {
        self.is_gone.load(Ordering::Relaxed) || Instant::now() >= self.at
    }
}

impl Deliverer {
    /// The client of an endpoint, which keeps its connections while the endpoint is worked.
    fn client(&self, endpoint: &Endpoint) -> Result<Arc<Client>, String> {
        let (key, url) = ((endpoint.store.clone(), endpoint.row.id), &endpoint.row.url);
        let mut clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((of, client)) = clients.get(&key)
            && of == url
        {
            return Ok(client.clone());
        }
        let client = Arc::new(self.webhooks.client(url)?);
        clients.insert(key, (url.clone(), client.clone()));
        Ok(client)
    }

    /// Answers whether there may be more to do.
    async fn tell_all(&self, endpoint: &Endpoint, client: &Client, lease: &Lease) -> Result<bool, String> {
        let master = self.webhooks.master().map_err(|error| error.to_string())?;
        let gathered = self.gather(endpoint).await.map_err(|error| error.to_string())?;
        let Some((chains, mut round)) = gathered else { return Ok(false) };
        let stop = Stop { at: Instant::now() + ROUND, is_gone: AtomicBool::new(false) };
        let told: Vec<Outcomes> = stream::iter(chains)
            .map(|chain| self.tell(endpoint, client, master, chain, &stop))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        for told in told {
            round.attempts.extend(told.attempts);
            round.done.extend(told.done);
            round.pending.extend(told.pending);
        }
        round.attempts.sort_by_key(|attempt| attempt.at);
        let has_success = round.attempts.iter().any(|attempt| attempt.outcome == Outcome::Delivered);
        let first_failure = round.attempts.first().map(|attempt| attempt.at);
        round.failing_since = if has_success { None } else { endpoint.failing_since.or(first_failure) };
        let (since, Endpoint { store, row, .. }) = (round.failing_since, endpoint);
        let ended = self.store.end_round(store, row.id, &lease.name, round).await;
        if !ended.map_err(|error| error.to_string())? {
            return Ok(false);
        }
        let why = if stop.is_gone.into_inner() {
            "it answered 410"
        } else if webhook::is_switched_off(since, self.clock.now()) {
            "nothing could be delivered for 3 days"
        } else {
            return Ok(true);
        };
        tracing::warn!(%store, webhook = %row.id, why, "a webhook is switched off");
        let decide = disable(row.id, why.into());
        settings::change(&*self.store, store, decide).await.map_err(|error| error.to_string())?;
        Ok(false)
    }

    /// What is due again and what is new, in order per ticket; `None` where there is nothing.
    async fn gather(&self, endpoint: &Endpoint) -> Result<Option<(Vec<Vec<Item>>, Round)>, StoreError> {
        let Endpoint { store, row, position, failing_since } = endpoint;
        let due = self.store.webhook_due(store, row.id, BATCH).await?;
        let recorded = self.store.events(store, *position, BATCH).await?;
        if due.is_empty() && recorded.is_empty() {
            return Ok(None);
        }
        let agents = match row.format {
            Format::AssignedAgent => self.store.agents(store).await?,
            Format::Standard => Vec::new(),
        };
        let mut round = Round { position: *position, failing_since: *failing_since, ..Round::default() };
        round.position = recorded.last().map_or(*position, |last| last.position);
        let mut items = BTreeMap::new();
        for pending in due {
            round.released.extend(pending.ticket);
            match self.again(endpoint, &pending, &agents).await? {
                Some(item) => drop(items.insert((pending.position, pending.part), item)),
                None => round.done.push((pending.position, pending.part)),
            }
        }
        let now = self.clock.now();
        let new: Vec<Event> = recorded.into_iter().flat_map(Event::of).collect();
        let told = |event: &&Event| webhook::is_told(row.format, &row.kinds, event.kind);
        let new: Vec<&Event> =
            new.iter().filter(told).filter(|event| webhook::is_kept(event.at, now)).collect();
        let tickets: HashSet<TicketId> = new.iter().filter_map(|event| event.ticket_id()).collect();
        let tickets: Vec<TicketId> = tickets.into_iter().collect();
        let held = self.store.webhook_held(store, row.id, &tickets).await?;
        for event in new {
            let is_held = event.ticket_id().is_some_and(|ticket| held.contains(&ticket));
            items.insert((event.position, event.part), self.item(endpoint, event, None, is_held, &agents));
        }
        round.released.extend(held);
        Ok(Some((chains(items), round)))
    }

    /// A pending event with what it tells; `None` where it is not kept any more, or the endpoint has come to be told of other
    /// events.
    async fn again(
        &self,
        endpoint: &Endpoint,
        pending: &Pending,
        agents: &[AgentRow],
    ) -> Result<Option<Item>, StoreError> {
        let recorded = self.store.events(&endpoint.store, pending.position - 1, 1).await?;
        let event = recorded.into_iter().flat_map(Event::of).find(|event| {
            (event.position, event.part) == (pending.position, pending.part)
                && webhook::is_kept(event.at, self.clock.now())
                && webhook::is_told(endpoint.row.format, &endpoint.row.kinds, event.kind)
        });
        Ok(event.map(|event| self.item(endpoint, &event, Some(pending.clone()), false, agents)))
    }

    fn item(
        &self,
        endpoint: &Endpoint,
        event: &Event,
        before: Option<Pending>,
        held: bool,
        agents: &[AgentRow],
    ) -> Item {
        let told = Told { url: &self.url, now: self.clock.now() };
        let message = message(&endpoint.store, endpoint.row.format, event, agents, &told);
        let new = || Pending {
            position: event.position,
            part: event.part,
            ticket: event.ticket_id(),
            failures: 0,
            first_at: None,
            next_at: None,
        };
        Item { message, before: before.unwrap_or_else(new), held }
    }

    /// Tells one ticket's events in their order, up to the first that fails.
    async fn tell(
        &self,
        endpoint: &Endpoint,
        client: &Client,
        master: &Master,
        chain: Vec<Item>,
        stop: &Stop,
    ) -> Outcomes {
        let mut told = Outcomes::default();
        let mut held = false;
        for Item { message, before, held: is_held } in chain {
            held |= is_held;
            if held || stop.has_come() {
                let next_at = (!held).then(|| self.clock.now());
                told.pending.push(Pending { next_at, ..before });
                held = true;
                continue;
            }
            let of = (&endpoint.store, &endpoint.row);
            let tried = attempt(client, master, of, &message, self.clock.as_ref()).await;
            let failures = before.failures.saturating_add(1);
            let first = before.first_at.unwrap_or(tried.at);
            let mut noted = tried.noted(&message, failures);
            // What is asked for again while it goes out for the first time is pending, and stays so.
            let done = before.next_at.map(|_| (message.position, message.part));
            if noted.outcome == Outcome::Delivered {
                told.done.extend(done);
            } else if webhook::is_given_up(first, self.clock.now()) {
                noted.outcome = Outcome::GivenUp;
                told.done.extend(done);
            } else {
                let random = random(&*self.entropy);
                let next = webhook::next_at(failures, first, self.clock.now(), random, tried.retry_after);
                told.pending.push(Pending { failures, first_at: Some(first), next_at: Some(next), ..before });
                held = true;
            }
            if tried.verdict == Verdict::Gone {
                stop.is_gone.store(true, Ordering::Relaxed);
            }
            self.metrics.delivered(Destination::Webhook, noted.outcome.name());
            told.attempts.push(noted);
        }
        told
    }
}

#[async_trait]
impl Rounds for Deliverer {
    type Of = (StoreId, WebhookId);
    const NAME: &'static str = "webhooks wait";
    const HELD: Duration = Duration::from_secs(30);

    async fn free(&self) -> Result<(), StoreError> {
        self.store.free_webhooks().await
    }

    async fn with_work(&self) -> Result<Vec<Self::Of>, StoreError> {
        self.store.webhooks_with_work(ENDPOINTS).await
    }

    async fn round(&self, (store, id): &Self::Of, lease: &Lease) -> Result<bool, String> {
        let held = self.store.hold_webhook(store, *id, lease).await.map_err(|error| error.to_string())?;
        let Some(endpoint) = held else { return Ok(false) };
        let client = self.client(&endpoint)?;
        self.tell_all(&endpoint, &client, lease).await
    }

    async fn leave(&self, (store, id): &Self::Of, lease: &str) -> Result<(), StoreError> {
        self.clients.lock().unwrap_or_else(PoisonError::into_inner).remove(&(store.clone(), *id));
        self.store.leave_webhook(store, *id, lease).await
    }
}

/// Each ticket's events for themselves, and each of those that are about none.
fn chains(items: BTreeMap<(i64, u8), Item>) -> Vec<Vec<Item>> {
    let mut chains: Vec<Vec<Item>> = Vec::new();
    let mut places: BTreeMap<TicketId, usize> = BTreeMap::new();
    for item in items.into_values() {
        let place = item.before.ticket.map(|ticket| *places.entry(ticket).or_insert(chains.len()));
        match place.and_then(|place| chains.get_mut(place)) {
            Some(chain) => chain.push(item),
            None => chains.push(vec![item]),
        }
    }
    chains
}

/// One attempt, before it is known which it is of its event.
pub struct Tried {
    pub verdict: Verdict,
    pub retry_after: Option<Duration>,
    at: Timestamp,
    status: Option<u16>,
    ms: u64,
    error: Option<String>,
    answer: Option<String>,
}

impl Tried {
    pub fn noted(&self, message: &Message, attempt: u32) -> Attempt {
        Attempt {
            position: message.position,
            part: message.part,
            kind: message.kind.clone(),
            ticket: message.ticket,
            at: self.at,
            attempt,
            outcome: if self.verdict == Verdict::Delivered { Outcome::Delivered } else { Outcome::Failed },
            status: self.status,
            ms: self.ms,
            error: self.error.clone(),
            answer: self.answer.clone(),
        }
    }
}

/// Signs and sends a message.
pub async fn attempt(
    client: &Client,
    master: &Master,
    (store, row): (&StoreId, &WebhookRow),
    message: &Message,
    clock: &dyn Clock,
) -> Tried {
    let (at, began) = (clock.now(), Instant::now());
    let generations = webhook::signing(row.generation, row.rotated_at, at);
    let seconds = at.as_second();
    let signature = master.signatures((store, row.id, &generations), &message.id, seconds, &message.body);
    let headers = [
        ("webhook-id", message.id.clone()),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
    ];
    let answer = client.post(&headers, message.body.clone(), at).await;
    let ms = u64::try_from(began.elapsed().as_millis()).unwrap_or(u64::MAX);
    match answer {
        Ok(answer) => {
            let redirect = answer.location.filter(|_| (300..400).contains(&answer.status));
            Tried {
                verdict: Verdict::of_status(answer.status),
                retry_after: answer.retry_after,
                at,
                status: Some(answer.status),
                ms,
                error: redirect.map(|to| format!("redirects to {to}, and redirects are not followed")),
                answer: Some(answer.body),
            }
        }
        Err(error) => Tried {
            verdict: Verdict::Failed,
            retry_after: None,
            at,
            status: None,
            ms,
            error: Some(error),
            answer: None,
        },
    }
}
