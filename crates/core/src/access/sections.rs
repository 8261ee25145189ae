//! What each role sees and changes besides tickets, as one table (desk 3).

use super::{Actor, Role};

/// A part of the desk that is not a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Section {
    Availability,
    Limits,
    Leave,
    TeamPolicy,
    TeamHours,
    Floor,
    Ledger,
    Reports,
    /// Drafts and dry runs of rules, and replays of the past against a draft.
    RuleDrafts,
    Rules,
    Keys,
    Channels,
    People,
    /// Making, renaming, archiving teams and who is in them.
    Teams,
    Labels,
    Stages,
    Settings,
    Webhooks,
    Customers,
    /// Blanking a customer's data for good.
    Erasure,
    /// One's own views.
    Views,
    SharedViews,
    Rejections,
    Audit,
    WholeStoreExport,
}

/// How much of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Extent {
    None,
    /// One's own entry.
    Own,
    /// Own entry, one's own teams and their members.
    Teams,
    All,
}

/// What one sees and what of it one changes; the second is never more than the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reach {
    pub sees: Extent,
    pub changes: Extent,
}

impl Section {
    pub const ALL: [Self; 25] = [
        Self::Availability,
        Self::Limits,
        Self::Leave,
        Self::TeamPolicy,
        Self::TeamHours,
        Self::Floor,
        Self::Ledger,
        Self::Reports,
        Self::RuleDrafts,
        Self::Rules,
        Self::Keys,
        Self::Channels,
        Self::People,
        Self::Teams,
        Self::Labels,
        Self::Stages,
        Self::Settings,
        Self::Webhooks,
        Self::Customers,
        Self::Erasure,
        Self::Views,
        Self::SharedViews,
        Self::Rejections,
        Self::Audit,
        Self::WholeStoreExport,
    ];
}

/// What `by` reaches of a section. Labels, stages, teams and colleagues' names are seen by everybody, for without them
/// no ticket can be read; a colleague's leave and hours show as *unavailable* (desk 5), which is availability.
pub fn reach(by: &Actor, section: Section) -> Reach {
    let [agent, manager, admin, key] = row(section);
    match by {
        Actor::Agent { role: Role::Agent, .. } => agent,
        Actor::Agent { role: Role::TeamManager, .. } => manager,
        Actor::Agent { role: Role::Admin, .. } => admin,
        Actor::Key(_) => key,
        Actor::Operator | Actor::Clock => changes(Extent::All),
    }
}

/// Of an agent, a team manager, an admin, a key of scope `desk`.
fn row(section: Section) -> [Reach; 4] {
    use Extent::{All, None, Own, Teams};
    match section {
        Section::Availability => [sees(All).but(Own), sees(All).but(Teams), changes(All), changes(All)],
        Section::Limits | Section::Leave => [sees(Own), changes(Teams), changes(All), sees(All)],
        Section::TeamPolicy | Section::TeamHours => [sees(Teams), changes(Teams), changes(All), sees(All)],
        Section::Floor | Section::Ledger | Section::Reports => {
            [sees(None), sees(Teams), sees(All), sees(All)]
        }
        Section::RuleDrafts => [sees(None), changes(All), changes(All), sees(None)],
        Section::Rules => [sees(None), sees(All), changes(All), sees(All)],
        Section::Keys | Section::WholeStoreExport => [sees(None), sees(None), changes(All), sees(None)],
        Section::Channels | Section::People => [sees(All), sees(All), changes(All), sees(All)],
        Section::Teams | Section::Labels | Section::Stages => [sees(All), sees(All), changes(All), sees(All)],
        Section::Settings | Section::Webhooks | Section::Rejections => {
            [sees(None), sees(None), changes(All), sees(All)]
        }
        Section::Audit => [sees(None), sees(None), sees(All), sees(None)],
        Section::Customers => [changes(All), changes(All), changes(All), changes(All)],
        Section::Erasure => [sees(None), sees(None), changes(All), sees(None)],
        Section::Views => [changes(Own), changes(Own), changes(Own), sees(None)],
        Section::SharedViews => [sees(All), changes(All), changes(All), changes(All)],
    }
}

const fn sees(extent: Extent) -> Reach {
    Reach { sees: extent, changes: Extent::None }
}

const fn changes(extent: Extent) -> Reach {
    Reach { sees: extent, changes: extent }
}

impl Reach {
    const fn but(self, changes: Extent) -> Self {
        Self { changes, ..self }
    }
}
