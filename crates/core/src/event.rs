//! What other systems and open pages hear of (desk 7): the kinds of events, and where each stands.

/// What happened. The name is the one that receivers see.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    TicketCreated,
    TicketAssigned,
    TicketWaiting,
    TicketUpdated,
    TicketMessageAdded,
    TicketNoteAdded,
    TicketClosed,
    TicketReopened,
    TicketMerged,
    TicketUnmerged,
    TicketWaitingTooLong,
    AgentAvailabilityChanged,
    IntakeRejecting,
    WebhookDisabled,
}

impl Kind {
    pub const ALL: [Self; 14] = [
        Self::TicketCreated,
        Self::TicketAssigned,
        Self::TicketWaiting,
        Self::TicketUpdated,
        Self::TicketMessageAdded,
        Self::TicketNoteAdded,
        Self::TicketClosed,
        Self::TicketReopened,
        Self::TicketMerged,
        Self::TicketUnmerged,
        Self::TicketWaitingTooLong,
        Self::AgentAvailabilityChanged,
        Self::IntakeRejecting,
        Self::WebhookDisabled,
    ];

    pub fn name(self) -> &'static str {
        match self {
            Self::TicketCreated => "ticket.created",
            Self::TicketAssigned => "ticket.assigned",
            Self::TicketWaiting => "ticket.waiting",
            Self::TicketUpdated => "ticket.updated",
            Self::TicketMessageAdded => "ticket.message_added",
            Self::TicketNoteAdded => "ticket.note_added",
            Self::TicketClosed => "ticket.closed",
            Self::TicketReopened => "ticket.reopened",
            Self::TicketMerged => "ticket.merged",
            Self::TicketUnmerged => "ticket.unmerged",
            Self::TicketWaitingTooLong => "ticket.waiting_too_long",
            Self::AgentAvailabilityChanged => "agent.availability_changed",
            Self::IntakeRejecting => "intake.rejecting",
            Self::WebhookDisabled => "webhook.disabled",
        }
    }

    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether it is about a ticket, so that it has a place in the ticket's order.
    pub fn is_of_ticket(self) -> bool {
        self.name().starts_with("ticket.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_is_found_by_its_name() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_name(kind.name()), Some(kind));
        }
        assert_eq!(Kind::from_name("ticket.eaten"), None);
    }
}
