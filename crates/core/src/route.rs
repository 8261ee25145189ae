//! Where a new ticket goes (desk 4): who was asked for, then the first rule that matches, then the agent who had the
//! customer's last ticket, then the pool's policy.

use crate::assign::{Assigner, Decision};
use crate::ids::{AgentId, LabelId};
use crate::life::Priority;
use crate::receipt::{Reason, Route, Skipped};
use crate::request::{Target, TicketRequest};
use crate::rules::{Matcher, Rule, Subject};
use crate::ticket::Pool;
use jiff::Timestamp;

/// The most agents that a receipt names as skipped.
const MOST_SKIPPED: usize = 3;

/// What is known of the customer of a new ticket.
#[derive(Debug, Clone, Copy, Default)]
pub struct Customer<'a> {
    pub tags: &'a [Box<str>],
    /// Who was given a ticket of theirs last, and when.
    pub last: Option<(AgentId, Timestamp)>,
}

/// A decision, and what is put on the ticket.
#[derive(Debug)]
pub struct Routed {
    pub decision: Decision,
    /// The caller's, then the rule's.
    pub labels: Vec<LabelId>,
    pub priority: Priority,
}

/// Decides on a request whose references are those of active agents and teams.
pub fn route(
    assigner: &mut Assigner<'_>,
    rules: &Matcher,
    request: &TicketRequest,
    customer: Customer<'_>,
) -> Routed {
    match &request.target {
        Target::Agent(email) => {
            let agent = assigner.roster().agent_by_email(email).map(|agent| agent.id);
            plain(request, assigner.direct(Route::Asked, agent.expect("a request names an active agent")))
        }
        Target::Team(team) => plain(request, assigner.decide(Pool::Team(*team))),
        Target::AllAgents => sought(assigner, rules, request, customer),
    }
}

fn plain(request: &TicketRequest, decision: Decision) -> Routed {
    Routed { decision, labels: request.labels.clone(), priority: Priority::default() }
}

/// What a search for somebody came to, where the caller has named nobody.
pub struct Sought<R> {
    pub decision: Decision,
    /// The rule that was followed.
    pub rule: Option<R>,
    pub skipped: Vec<Skipped>,
}

/// Follows the first of the matching rules that can be followed, then the agent who had the customer's last ticket, then the
/// pool's policy. What comes with a rule is whatever whoever asks wants back of it.
pub fn seek<'r, M>(
    assigner: &mut Assigner<'_>,
    matching: impl IntoIterator<Item = (&'r Rule, M)>,
    last: Option<(AgentId, Timestamp)>,
) -> Sought<(&'r Rule, M)> {
    let mut search = Search { assigner, last, skipped: Vec::new() };
    let rule = matching.into_iter().find(|(rule, _)| match (rule.then.agent_id, rule.then.team_id) {
        (Some(agent), _) => search.can_take(Some(rule), agent),
        // An archived team gives nothing out.
        (None, Some(team)) => search.assigner.roster().team(team).is_some(),
        (None, None) => true,
    });
    let decision = search.decide(rule.as_ref().map(|(rule, _)| *rule));
    Sought { decision, rule, skipped: search.skipped }
}

fn sought(
    assigner: &mut Assigner<'_>,
    rules: &Matcher,
    request: &TicketRequest,
    customer: Customer<'_>,
) -> Routed {
    let subject = Subject {
        contact: &request.contact,
        labels: &request.labels,
        context: request.context.as_deref(),
        tags: customer.tags,
        now: assigner.now(),
    };
    let zone = assigner.roster().timezone();
    let matching = (!rules.is_empty()).then(|| rules.matching(subject, zone));
    let Sought { decision, rule, skipped } = seek(assigner, matching.into_iter().flatten(), customer.last);
    let mut routed = plain(request, decision);
    if let Some((rule, matched)) = rule {
        let (own, roster) = (&request.labels, assigner.roster());
        let new = |label: &&LabelId| !own.contains(label) && roster.has_label(**label);
        routed.labels.extend(rule.then.labels.iter().filter(new));
        routed.priority = rule.then.priority.unwrap_or_default();
        routed.decision.receipt.rule = Some(matched);
    }
    routed.decision.receipt.skipped = skipped;
    routed
}

struct Search<'s, 'a> {
    assigner: &'s mut Assigner<'a>,
    last: Option<(AgentId, Timestamp)>,
    skipped: Vec<Skipped>,
}

impl Search<'_, '_> {
    fn decide(&mut self, rule: Option<&Rule>) -> Decision {
        let then = rule.map(|rule| &rule.then);
        if let Some(agent) = then.and_then(|then| then.agent_id) {
            return self.assigner.direct(Route::Rule, agent);
        }
        if let Some(team) = then.and_then(|then| then.team_id) {
            return self.assigner.decide(Pool::Team(team));
        }
        match self.sticky() {
            Some(agent) => self.assigner.direct(Route::Sticky, agent),
            None => self.assigner.decide(Pool::Store),
        }
    }

    /// Who had the customer's last ticket, if that was within the store's time and they can take another.
    fn sticky(&mut self) -> Option<AgentId> {
        let (agent, at) = self.last?;
        let ago = self.assigner.now().duration_since(at);
        let lasts = self.assigner.roster().sticky()?;
        let counts = ago.is_negative() || ago.unsigned_abs() <= lasts;
        if counts && self.can_take(None, agent) { Some(agent) } else { None }
    }

    fn can_take(&mut self, rule: Option<&Rule>, agent: AgentId) -> bool {
        let (reason, _) = self.assigner.standing(agent);
        if reason != Reason::NotTheirTurn && self.skipped.len() < MOST_SKIPPED {
            self.skipped.push(Skipped { rule: rule.map(|rule| rule.id), agent, reason });
        }
        reason == Reason::NotTheirTurn
    }
}

#[cfg(test)]
pub(crate) mod model;
#[cfg(test)]
mod properties;
