//! The chore that delivers. Whoever holds an endpoint works it in rounds: what is due again and what is new goes out at
//! once, in order per ticket, and what came of it is written together with how far the endpoint is.

use super::client::Client;
use super::key::Master;
use super::payload::{Message, message};
use super::{Told, Webhooks};
use crate::clock::{Clock, Entropy};
use crate::due::Stop;
use crate::events::Event;
use crate::settings;
use crate::settings::webhooks::disable;
use crate::site::PublicUrl;
use crate::store::due::Lease;
use crate::store::types::AgentRow;
use crate::store::webhooks::{Attempt, Endpoint, Outcome, Pending, Round, WebhookRow};
use crate::store::{Store, StoreError};
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use rota_core::ids::{StoreId, TicketId, WebhookId};
use rota_core::webhook::{self, Format, Verdict};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// How often is looked for endpoints with something to do.
const LOOK: Duration = Duration::from_millis(250);
/// How long an endpoint is held. A node that dies holds it up for so long, and a round has to be over by then.
const HELD: Duration = Duration::from_secs(30);
/// After this a round begins no further request, so that it ends within twice the client's patience.
const ROUND: Duration = Duration::from_secs(10);
/// How long rounds under way have to end once the server stops.
const END: Duration = Duration::from_millis(700);
/// Endpoints found at a time.
const ENDPOINTS: u32 = 1_000;
/// Events of a round, and as many that are due again.
const BATCH: u32 = 100;
/// Requests to one endpoint at a time.
const AT_ONCE: usize = 16;

pub struct Deliverer {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub url: PublicUrl,
    pub webhooks: Arc<Webhooks>,
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
    is_gone: bool,
}

impl Deliverer {
    /// Delivers until it is told to stop.
    pub async fn keep_delivering(self: Arc<Self>, stop: Stop) {
        let (mut freed, mut failing) = (false, false);
        let mut working = JoinSet::new();
        while !stop.is_set() {
            let found = self.look(&mut freed).await;
            if let Err(error) = &found
                && !failing
            {
                tracing::warn!(%error, "webhooks wait for the database");
            }
            failing = found.is_err();
            for (store, id) in found.unwrap_or_default() {
                working.spawn(self.clone().work(store, id, stop.clone()));
            }
            while working.try_join_next().is_some() {}
            stop.or_after(LOOK).await;
        }
        // What does not end in time is cut off, and sent again by whoever works the endpoint next.
        let ended = async { while working.join_next().await.is_some() {} };
        let _ = tokio::time::timeout(END, ended).await;
    }

    async fn look(&self, freed: &mut bool) -> Result<Vec<(StoreId, WebhookId)>, StoreError> {
        if !*freed {
            self.store.free_webhooks().await?;
            *freed = true;
        }
        self.store.webhooks_with_work(ENDPOINTS).await
    }

    /// Works one endpoint while there is something to do. One that could not be worked stays held: it is tried again once
    /// that is over.
    async fn work(self: Arc<Self>, store: StoreId, id: WebhookId, stop: Stop) {
        let lease = Lease { name: format!("{:016x}", self.random()), span: HELD };
        match self.rounds(&store, id, &lease, &stop).await {
            Ok(()) => {
                if let Err(error) = self.store.leave_webhook(&store, id, &lease.name).await {
                    tracing::debug!(%error, "a webhook is left to its lease");
                }
            }
            Err(why) => {
                tracing::warn!(%store, webhook = %id, why, "a webhook could not be worked; trying on")
            }
        }
    }

    async fn rounds(&self, store: &StoreId, id: WebhookId, lease: &Lease, stop: &Stop) -> Result<(), String> {
        let mut client: Option<(String, Client)> = None;
        while !stop.is_set() {
            let held = self.store.hold_webhook(store, id, lease).await.map_err(|error| error.to_string())?;
            let Some(endpoint) = held else { return Ok(()) };
            let url = &endpoint.row.url;
            let known = client.take().filter(|(of, _)| of == url);
            let (_, client) = match known {
                Some(known) => client.insert(known),
                None => client.insert((url.clone(), self.webhooks.client(url)?)),
            };
            if !self.round(&endpoint, client, lease).await? {
                return Ok(());
            }
        }
        Ok(())
    }

    /// Answers whether there may be more to do.
    async fn round(&self, endpoint: &Endpoint, client: &Client, lease: &Lease) -> Result<bool, String> {
        let master = self.webhooks.master().map_err(|error| error.to_string())?;
        let gathered = self.gather(endpoint).await.map_err(|error| error.to_string())?;
        let Some((chains, mut round)) = gathered else { return Ok(false) };
        let until = Instant::now() + ROUND;
        let told: Vec<Outcomes> = stream::iter(chains)
            .map(|chain| self.tell(endpoint, client, master, chain, until))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let is_gone = told.iter().any(|told| told.is_gone);
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
        let why = if is_gone {
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

    /// A pending event with what it tells; `None` where it is not kept any more.
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
        until: Instant,
    ) -> Outcomes {
        let mut told = Outcomes::default();
        let mut held = false;
        for Item { message, before, held: is_held } in chain {
            held |= is_held;
            if held || told.is_gone || Instant::now() >= until {
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
            let key = (message.position, message.part);
            if noted.outcome == Outcome::Delivered {
                told.done.push(key);
            } else if webhook::is_given_up(first, self.clock.now()) {
                noted.outcome = Outcome::GivenUp;
                told.done.push(key);
            } else {
                let next = webhook::next_at(failures, self.clock.now(), self.random(), tried.retry_after);
                told.pending.push(Pending { failures, first_at: Some(first), next_at: Some(next), ..before });
                held = true;
            }
            told.is_gone |= tried.verdict == Verdict::Gone;
            told.attempts.push(noted);
        }
        told
    }

    fn random(&self) -> u64 {
        let mut bytes = [0; 8];
        self.entropy.fill(&mut bytes);
        u64::from_le_bytes(bytes)
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
