//! The chore that mails, in rounds of a store: what is new is noted for everybody who is told of it; what is due goes out,
//! an agent's mails as one.

use super::Smtp;
use super::told::{content, happening, ticket};
use crate::clock::{Clock, Entropy};
use crate::rounds::{Rounds, random};
use crate::site::PublicUrl;
use crate::store::due::Lease;
use crate::store::mail::{MailRound, MailedAgent, PendingMail};
use crate::store::types::{CustomerKey, CustomerSet};
use crate::store::{Customers, Store, StoreError};
use crate::telemetry::{Destination, Metrics};
use crate::webhooks::mark;
use async_trait::async_trait;
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use rota_core::access::{self, Act, Actor};
use rota_core::due::later;
use rota_core::ids::{AgentId, StoreId, TicketId};
use rota_core::mail::{Mail, Notice, PACE};
use rota_core::roster::Roster;
use rota_core::webhook::{is_given_up, next_at};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Stores found at a time.
const STORES: u32 = 1_000;
/// Events that are looked at in a round.
const READ: u32 = 200;
/// Mails that are due in a round.
const DUE: u32 = 500;
/// Events that one mail tells of.
const TOGETHER: usize = 50;
/// Mails that are handed over at a time.
const AT_ONCE: usize = 4;
/// After this a round begins no further mail, so that it ends while its lease lasts.
const ROUND: Duration = Duration::from_secs(10);

pub struct Mailer {
    pub store: Arc<dyn Store>,
    pub clock: Arc<dyn Clock>,
    pub entropy: Arc<dyn Entropy>,
    pub metrics: Arc<Metrics>,
    pub url: PublicUrl,
    pub smtp: Smtp,
}

/// What is the same for all mails of a round.
struct Context<'a> {
    store: &'a StoreId,
    agents: Vec<MailedAgent>,
    roster: Arc<Roster>,
    has_content: bool,
    until: Instant,
}

#[async_trait]
impl Rounds for Mailer {
    type Of = StoreId;
    const NAME: &'static str = "mail waits";
    const HELD: Duration = Duration::from_secs(60);

    async fn free(&self) -> Result<(), StoreError> {
        self.store.free_mail().await
    }

    async fn with_work(&self) -> Result<Vec<StoreId>, StoreError> {
        self.store.stores_with_mail(STORES).await
    }

    async fn round(&self, store: &StoreId, lease: &Lease) -> Result<bool, String> {
        self.work(store, lease).await.map_err(|error| error.to_string())
    }

    async fn leave(&self, store: &StoreId, lease: &str) -> Result<(), StoreError> {
        self.store.leave_mail(store, lease).await
    }
}

impl Mailer {
    async fn work(&self, store: &StoreId, lease: &Lease) -> Result<bool, StoreError> {
        let Some(position) = self.store.hold_mail(store, lease).await? else { return Ok(false) };
        let was_new = self.note(store, lease, position).await?;
        let was_due = self.send_due(store, lease).await?;
        Ok(was_new || was_due)
    }

    /// Notes who is to be mailed about what is new; answers whether anything was.
    async fn note(&self, store: &StoreId, lease: &Lease, position: i64) -> Result<bool, StoreError> {
        let recorded = self.store.events(store, position, READ).await?;
        let Some(last) = recorded.last().map(|last| last.position) else { return Ok(false) };
        let (agents, now) = (self.store.mailed_agents(store).await?, self.clock.now());
        let mut mails = Vec::new();
        for one in recorded.iter().filter(|one| !is_given_up(one.at, now)) {
            let Some((part, what)) = happening(one) else { continue };
            for MailedAgent { person, .. } in agents.iter().filter(|agent| what.is_for(&agent.person)) {
                let (position, agent, next_at) = (one.position, person.id, person.mailed_next(now));
                mails.push(PendingMail { position, part, agent, failures: 0, first_at: None, next_at });
            }
        }
        self.store.plan_mail(store, &lease.name, last, &mails).await
    }

    /// Sends what is due; answers whether anything was.
    async fn send_due(&self, store: &StoreId, lease: &Lease) -> Result<bool, StoreError> {
        let due = self.store.mail_due(store, DUE).await?;
        if due.is_empty() {
            return Ok(false);
        }
        let settings = self.store.settings(store, Customers::None).await?;
        let context = Context {
            store,
            agents: self.store.mailed_agents(store).await?,
            roster: self.store.roster(store).await?,
            has_content: settings.store.is_some_and(|row| row.mail_content),
            until: Instant::now() + ROUND,
        };
        let mut by_agent: BTreeMap<AgentId, Vec<PendingMail>> = BTreeMap::new();
        for mail in due {
            by_agent.entry(mail.agent).or_default().push(mail);
        }
        let outcomes: Vec<Result<MailRound, StoreError>> = stream::iter(by_agent)
            .map(|(agent, mails)| self.send(&context, agent, mails))
            .buffer_unordered(AT_ONCE)
            .collect()
            .await;
        let mut round = MailRound::default();
        for outcome in outcomes {
            let MailRound { mailed, done, pending, waiting } = outcome?;
            round.mailed.extend(mailed);
            round.done.extend(done);
            round.pending.extend(pending);
            round.waiting.extend(waiting);
        }
        self.store.end_mail_round(store, &lease.name, &round).await
    }

    /// Sends one agent's mails as one, and answers what came of it.
    async fn send(
        &self,
        context: &Context<'_>,
        agent: AgentId,
        mut mails: Vec<PendingMail>,
    ) -> Result<MailRound, StoreError> {
        let mut round = MailRound::default();
        let all =
            |mails: &[PendingMail]| mails.iter().map(|mail| (mail.position, mail.part, mail.agent)).collect();
        let Some(to) = context.agents.iter().find(|one| one.person.id == agent) else {
            round.done = all(&mails);
            return Ok(round);
        };
        if Instant::now() >= context.until {
            return Ok(round);
        }
        let now = self.clock.now();
        let at = to.person.mailed_next(now);
        if at > now {
            round.waiting.push((agent, at));
            return Ok(round);
        }
        mails.truncate(TOGETHER);
        let (mut told, mut notices) = (Vec::new(), Vec::new());
        for mail in mails {
            match self.notice(context, to, &mail, now).await? {
                Some(notice) => {
                    notices.push(notice);
                    told.push(mail);
                }
                None => round.done.extend(all(&[mail])),
            }
        }
        let (Some(first), Some(last)) = (told.first(), told.last()) else { return Ok(round) };
        let id = self.message_id(context.store, first, last);
        match self.smtp.send(&to.email, &id, now, Mail::of(&notices)).await {
            Ok(()) => {
                self.metrics.delivered(Destination::Mail, "delivered");
                round.mailed.push((agent, now));
                round.done.extend(all(&told));
                // What did not fit comes with the next one.
                round.waiting.push((agent, later(now, PACE)));
            }
            Err(failure) => {
                let outcome = if failure.is_refused { "given_up" } else { "failed" };
                self.metrics.delivered(Destination::Mail, outcome);
                tracing::warn!(store = %context.store, %agent, %failure, "a mail was not taken ({outcome})");
                if failure.is_refused {
                    round.done.extend(all(&told));
                } else {
                    self.put_off(agent, told, &mut round);
                }
            }
        }
        Ok(round)
    }

    /// What failed is tried again together, but for what has failed for too long. The agent's other mails wait as long.
    fn put_off(&self, agent: AgentId, told: Vec<PendingMail>, round: &mut MailRound) {
        let now = self.clock.now();
        let failures = told.iter().map(|mail| mail.failures).max().unwrap_or_default().saturating_add(1);
        let first = told.iter().filter_map(|mail| mail.first_at).min().unwrap_or(now);
        let next_at = next_at(failures, first, now, random(&*self.entropy), None);
        round.waiting.push((agent, next_at));
        for mail in told {
            let first = mail.first_at.unwrap_or(now);
            if is_given_up(first, now) {
                self.metrics.delivered(Destination::Mail, "given_up");
                round.done.push((mail.position, mail.part, mail.agent));
            } else {
                round.pending.push(PendingMail { failures, first_at: Some(first), next_at, ..mail });
            }
        }
    }

    /// What is told of a pending mail; `None` where it is not told any more: too much time has passed, the agent has chosen
    /// otherwise since, the ticket does not wait any longer, or is out of their sight.
    async fn notice(
        &self,
        context: &Context<'_>,
        to: &MailedAgent,
        mail: &PendingMail,
        now: Timestamp,
    ) -> Result<Option<Notice>, StoreError> {
        let recorded = self.store.events(context.store, mail.position - 1, 1).await?;
        let recorded = recorded.into_iter().find(|one| one.position == mail.position);
        let Some(recorded) = recorded.filter(|one| !is_given_up(one.at, now)) else { return Ok(None) };
        let found = happening(&recorded).filter(|(part, what)| *part == mail.part && what.is_for(&to.person));
        let (Some((_, what)), Some(row)) = (found, ticket(&recorded)) else { return Ok(None) };
        if !self.may_see(context, to, row.ticket.id).await? {
            return Ok(None);
        }
        let content = if context.has_content {
            let key = CustomerKey { id: Some(row.ticket.customer.clone()), ..CustomerKey::default() };
            let customer = self.store.customer(context.store, &key, CustomerSet::default()).await?;
            let name = |id: AgentId| {
                let found = context.agents.iter().find(|one| one.person.id == id);
                found.map(|one| one.name.clone())
            };
            Some(content(&recorded, row, customer.as_ref(), name))
        } else {
            None
        };
        let (ticket, url) = (row.ticket.id, self.url.ticket(row.ticket.id));
        Ok(Some(Notice { occasion: what.occasion(), ticket, url, content }))
    }

    /// Whether the ticket as it is now may be seen by an agent (desk 3): nobody is told of what they would not find.
    async fn may_see(
        &self,
        context: &Context<'_>,
        to: &MailedAgent,
        ticket: TicketId,
    ) -> Result<bool, StoreError> {
        let Some(row) = self.store.ticket(context.store, ticket).await? else { return Ok(false) };
        let Context { roster, .. } = context;
        let agent = Actor::Agent { id: to.person.id, role: to.person.role };
        Ok(access::to_ticket(&agent, &row.ticket, Act::See, roster, roster.desk().agents_see_all).is_ok())
    }

    /// The same for the same events and agent, however often it is sent.
    fn message_id(&self, store: &StoreId, first: &PendingMail, last: &PendingMail) -> String {
        let event = |mail: &PendingMail| format!("evt_{}_{}", mail.position, mail.part);
        let events = if first == last { event(first) } else { format!("{}-{}", event(first), event(last)) };
        format!("{events}.{}.{}", first.agent, mark(store))
    }
}
