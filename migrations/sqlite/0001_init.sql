-- Every table about a store has keys that begin with store_id. Times are Unix milliseconds, UTC.
--
-- Short rows live in their primary key (WITHOUT ROWID). Tables of long rows (tickets, timeline, idempotency) grow at
-- their end in the order of arrival, and only the key's small entry goes to the store's own place: a batch of many
-- stores then writes half the pages.

CREATE TABLE stores (
    store_id         TEXT    NOT NULL PRIMARY KEY,
    name             TEXT    NOT NULL,
    timezone         TEXT    NOT NULL,
    policy           TEXT    NOT NULL CHECK (policy IN ('round_robin', 'balanced', 'unassigned')),
    dedupe_window_ms INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    reopen_within_ms INTEGER NOT NULL,
    close_after_ms   INTEGER,
    agents_see_all   INTEGER NOT NULL,
    keep_audit_ms    INTEGER NOT NULL,
    -- Whether the bodies of rejected create calls are kept.
    keep_rejected    INTEGER NOT NULL,
    waiting_too_long_ms INTEGER,
    -- Whether mails to agents have what a ticket says.
    mail_content     INTEGER NOT NULL,
    -- Holidays, sticky agents, the ramp, and what follows from absence: JSON, empty where nothing is set.
    routing          TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The store's one lock: every intake transaction and every roster change takes this row first.
-- pools is a JSON array of [pool, last assigned agent or null, waiting tickets], pool 0 being the store's.
CREATE TABLE routing (
    store_id       TEXT    NOT NULL PRIMARY KEY,
    roster_version INTEGER NOT NULL,
    next_ticket    INTEGER NOT NULL,
    next_event     INTEGER NOT NULL,
    pools          TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

-- The next number of each kind (agent, team, label, customer, asset, address); numbers are never reused. That of kind event is
-- the first position of the outbox that is kept.
CREATE TABLE counters (
    store_id TEXT    NOT NULL REFERENCES stores,
    kind     TEXT    NOT NULL,
    next     INTEGER NOT NULL,
    PRIMARY KEY (store_id, kind)
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
    store_id  TEXT    NOT NULL REFERENCES stores,
    id        INTEGER NOT NULL,
    email     TEXT    NOT NULL,
    email_key TEXT    NOT NULL,
    name      TEXT    NOT NULL,
    role      TEXT    NOT NULL CHECK (role IN ('agent', 'team_manager', 'admin')),
    online    INTEGER NOT NULL,
    max_open  INTEGER,
    active    INTEGER NOT NULL,
    origin    TEXT    NOT NULL CHECK (origin IN ('file', 'command')),
    -- Why and until when an agent that is not online is away, as far as they said.
    away_reason TEXT,
    away_until  INTEGER,
    -- JSON, NULL where there is none.
    leave       TEXT,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, email_key)
) STRICT, WITHOUT ROWID;

-- What a receipt's seats were called and set to when it was written: appended to at every change of an agent.
CREATE TABLE agent_history (
    store_id       TEXT    NOT NULL,
    agent_id       INTEGER NOT NULL,
    roster_version INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    name           TEXT    NOT NULL,
    email          TEXT    NOT NULL,
    online         INTEGER NOT NULL,
    max_open       INTEGER,
    active         INTEGER NOT NULL,
    PRIMARY KEY (store_id, agent_id, roster_version),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

CREATE TABLE agent_loads (
    store_id TEXT    NOT NULL,
    agent_id INTEGER NOT NULL,
    open     INTEGER NOT NULL CHECK (open >= 0),
    PRIMARY KEY (store_id, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

CREATE TABLE teams (
    store_id TEXT    NOT NULL REFERENCES stores,
    id       INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    name_key TEXT    NOT NULL,
    policy   TEXT    CHECK (policy IN ('round_robin', 'balanced', 'unassigned')),
    hours    TEXT,
    active   INTEGER NOT NULL,
    origin   TEXT    NOT NULL CHECK (origin IN ('file', 'command')),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, name_key)
) STRICT, WITHOUT ROWID;

CREATE TABLE team_members (
    store_id TEXT    NOT NULL,
    team_id  INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    PRIMARY KEY (store_id, team_id, agent_id),
    FOREIGN KEY (store_id, team_id) REFERENCES teams,
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

-- Who was in a team, and what it was called: appended to at every change of a team.
CREATE TABLE team_history (
    store_id       TEXT    NOT NULL,
    team_id        INTEGER NOT NULL,
    roster_version INTEGER NOT NULL,
    at             INTEGER NOT NULL,
    name           TEXT    NOT NULL,
    -- A JSON array of agents' numbers, in their order.
    members        TEXT    NOT NULL,
    PRIMARY KEY (store_id, team_id, roster_version),
    FOREIGN KEY (store_id, team_id) REFERENCES teams
) STRICT, WITHOUT ROWID;

CREATE TABLE labels (
    store_id TEXT    NOT NULL REFERENCES stores,
    id       INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    name_key TEXT    NOT NULL,
    active   INTEGER NOT NULL,
    origin   TEXT    NOT NULL CHECK (origin IN ('file', 'command')),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, name_key)
) STRICT, WITHOUT ROWID;

-- In the order of place. A store without any has the usual three: open, snoozed, closed.
CREATE TABLE stages (
    store_id TEXT    NOT NULL REFERENCES stores,
    id       INTEGER NOT NULL,
    name     TEXT    NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('open', 'snoozed', 'closed')),
    place    INTEGER NOT NULL,
    PRIMARY KEY (store_id, id)
) STRICT, WITHOUT ROWID;

-- In the order of place; body is the rule as JSON.
CREATE TABLE rules (
    store_id TEXT    NOT NULL REFERENCES stores,
    id       INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (store_id, id)
) STRICT, WITHOUT ROWID;

-- The store's own numbers and mail addresses; address is in its compared form.
CREATE TABLE brand_addresses (
    store_id TEXT    NOT NULL REFERENCES stores,
    channel  TEXT    NOT NULL CHECK (channel IN ('whatsapp', 'email')),
    address  TEXT    NOT NULL,
    active   INTEGER NOT NULL,
    origin   TEXT    NOT NULL CHECK (origin IN ('file', 'command')),
    PRIMARY KEY (store_id, channel, address)
) STRICT, WITHOUT ROWID;

CREATE TABLE customers (
    store_id            TEXT    NOT NULL REFERENCES stores,
    id                  TEXT    NOT NULL,
    partner_customer_id TEXT,
    first_name          TEXT,
    last_name           TEXT,
    phone               TEXT,
    email               TEXT,
    email_key           TEXT,
    country_code        TEXT,
    -- The phone number's digits from the last to the first: an end of the number is a beginning of these.
    phone_reversed      TEXT,
    active              INTEGER NOT NULL,
    origin              TEXT    NOT NULL CHECK (origin IN ('file', 'command')),
    created_at          INTEGER NOT NULL,
    updated_at          INTEGER NOT NULL,
    PRIMARY KEY (store_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX customers_by_partner_id ON customers (store_id, partner_customer_id)
    WHERE partner_customer_id IS NOT NULL;
CREATE INDEX customers_by_phone ON customers (store_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX customers_by_email ON customers (store_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX customers_by_phone_end ON customers (store_id, phone_reversed) WHERE phone_reversed IS NOT NULL;

CREATE TABLE customer_assets (
    store_id     TEXT    NOT NULL,
    customer_id  TEXT    NOT NULL,
    id           INTEGER NOT NULL,
    kind         TEXT    NOT NULL CHECK (kind IN ('EMAIL', 'PHONE_NUMBER')),
    value        TEXT    NOT NULL,
    country_code TEXT,
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (store_id, customer_id, id),
    UNIQUE (store_id, customer_id, kind, value),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_addresses (
    store_id           TEXT    NOT NULL,
    customer_id        TEXT    NOT NULL,
    id                 INTEGER NOT NULL,
    partner_address_id TEXT,
    address1           TEXT,
    city               TEXT,
    country            TEXT,
    country_code       TEXT,
    state              TEXT,
    zip                TEXT,
    is_default         INTEGER NOT NULL,
    PRIMARY KEY (store_id, customer_id, id),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers
) STRICT, WITHOUT ROWID;

CREATE TABLE customer_tags (
    store_id    TEXT NOT NULL,
    customer_id TEXT NOT NULL,
    tag         TEXT NOT NULL,
    PRIMARY KEY (store_id, customer_id, tag),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers
) STRICT, WITHOUT ROWID;

CREATE TABLE api_keys (
    store_id     TEXT    NOT NULL REFERENCES stores,
    key_id       TEXT    NOT NULL,
    name         TEXT    NOT NULL,
    secret_hash  BLOB    NOT NULL,
    scopes       TEXT    NOT NULL,
    rate         INTEGER,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER,
    revoked_at   INTEGER,
    last_used_at INTEGER,
    changed_at   INTEGER NOT NULL,
    PRIMARY KEY (store_id, key_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX api_keys_by_id ON api_keys (key_id);
CREATE INDEX api_keys_by_change ON api_keys (changed_at);

-- waiting_pool is the pool that will give an ownerless open ticket out: 0 for the store's, else a team's id.
-- created_at, created_by and receipt never change: they are the first entry of the ticket's timeline, and event is
-- that entry's position among the store's events.
-- The checks are written with OR: for an IN of three, SQLite makes a temporary table in every INSERT.
CREATE TABLE tickets (
    store_id         TEXT    NOT NULL,
    id               INTEGER NOT NULL,
    customer_id      TEXT    NOT NULL,
    channel          TEXT    NOT NULL CHECK (channel = 'whatsapp' OR channel = 'email' OR channel = 'tasks'),
    stage            TEXT    NOT NULL CHECK (stage = 'open' OR stage = 'snoozed' OR stage = 'closed'),
    agent_id         INTEGER,
    team_id          INTEGER,
    waiting_pool     INTEGER,
    created_at       INTEGER NOT NULL,
    created_by       TEXT    NOT NULL,
    event            INTEGER NOT NULL,
    receipt          TEXT    NOT NULL,
    brand_address    TEXT,
    customer_address TEXT,
    task_title       TEXT,
    context          TEXT,
    -- What intake leaves as it is, last so that it costs a new ticket nothing. See values::StoredTicket.
    stage_id         INTEGER,
    priority         INTEGER,
    passed           TEXT,
    touched          INTEGER,
    heard_at         INTEGER,
    opened_at        INTEGER,
    changed_at       INTEGER,
    sequence         INTEGER,
    last_event       INTEGER,
    snoozed_until    INTEGER,
    closed_at        INTEGER,
    closed_by        TEXT,
    merged_into      INTEGER,
    merged_was       TEXT,
    linked_to        INTEGER,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers,
    FOREIGN KEY (store_id, agent_id) REFERENCES agents,
    FOREIGN KEY (store_id, team_id) REFERENCES teams
) STRICT;
CREATE INDEX tickets_waiting ON tickets (store_id, waiting_pool, id) WHERE waiting_pool IS NOT NULL;
CREATE INDEX tickets_merged ON tickets (store_id, merged_into, id) WHERE merged_into IS NOT NULL;

CREATE TABLE ticket_labels (
    store_id  TEXT    NOT NULL,
    ticket_id INTEGER NOT NULL,
    label_id  INTEGER NOT NULL,
    PRIMARY KEY (store_id, ticket_id, label_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets,
    FOREIGN KEY (store_id, label_id) REFERENCES labels
) STRICT, WITHOUT ROWID;
CREATE INDEX ticket_labels_by_label ON ticket_labels (store_id, label_id, ticket_id);

-- Append-only. Sequence 1 is the ticket's creation, which stands in its own row; here are the later ones.
CREATE TABLE timeline (
    store_id  TEXT    NOT NULL,
    ticket_id INTEGER NOT NULL,
    sequence  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    actor     TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    -- Of an entry in which somebody was chosen.
    receipt   TEXT,
    PRIMARY KEY (store_id, ticket_id, sequence),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets
) STRICT;

-- The events that others are told of, but for creations. position counts up per store in commit order, without gaps; one
-- that is not here is the creation of the ticket that has it as its event. body is JSON: the ticket right after, or what
-- an event that is about no ticket tells.
CREATE TABLE outbox (
    store_id  TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    ticket_id INTEGER,
    sequence  INTEGER,
    body      TEXT    NOT NULL,
    PRIMARY KEY (store_id, position)
) STRICT, WITHOUT ROWID;

-- caller is '' for an Idempotency-Key (unique per store) and the API key's id for dedupe_window, whose key is
-- the SHA-256 of the body in hex.
CREATE TABLE idempotency (
    store_id   TEXT    NOT NULL,
    caller     TEXT    NOT NULL,
    key        TEXT    NOT NULL,
    body_hash  BLOB    NOT NULL,
    answer     TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (store_id, caller, key)
) STRICT;
CREATE INDEX idempotency_by_expiry ON idempotency (expires_at);

-- The messages that came with an id of their sender's.
CREATE TABLE message_ids (
    store_id    TEXT    NOT NULL,
    ticket_id   INTEGER NOT NULL,
    external_id TEXT    NOT NULL,
    sequence    INTEGER NOT NULL,
    PRIMARY KEY (store_id, ticket_id, external_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets
) STRICT, WITHOUT ROWID;

-- Who was mentioned in a note on which ticket, and in which entry last.
CREATE TABLE mentions (
    store_id  TEXT    NOT NULL,
    agent_id  INTEGER NOT NULL,
    ticket_id INTEGER NOT NULL,
    sequence  INTEGER NOT NULL,
    PRIMARY KEY (store_id, agent_id, ticket_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets,
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

-- agent_id is whose a view is, and NULL for one that all see; filter has the form of query parameters.
CREATE TABLE views (
    store_id TEXT    NOT NULL REFERENCES stores,
    id       INTEGER NOT NULL,
    agent_id INTEGER,
    name     TEXT    NOT NULL,
    filter   TEXT    NOT NULL,
    sort     TEXT    NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

-- Who was given a customer's last ticket, in a store that goes by that.
CREATE TABLE last_agents (
    store_id    TEXT    NOT NULL,
    customer_id TEXT    NOT NULL,
    agent_id    INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (store_id, customer_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX last_agents_by_time ON last_agents (store_id, at);

-- Waits of tickets that were looked at, as of the ticket's entry sequence: since when it waits, and whether it was told that
-- it is too long.
CREATE TABLE waits (
    store_id  TEXT    NOT NULL,
    ticket_id INTEGER NOT NULL,
    sequence  INTEGER NOT NULL,
    since     INTEGER NOT NULL,
    told      INTEGER NOT NULL,
    PRIMARY KEY (store_id, ticket_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets
) STRICT, WITHOUT ROWID;

-- Create calls that were refused, each with what was wrong (JSON). body and customer_id, whom it names, are there only
-- where the store keeps them; dropped are those that came right before this and were too many.
CREATE TABLE rejections (
    store_id    TEXT    NOT NULL REFERENCES stores,
    position    INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    key_id      TEXT    NOT NULL,
    status      INTEGER NOT NULL,
    errors      TEXT    NOT NULL,
    ignored     TEXT    NOT NULL,
    size        INTEGER NOT NULL,
    hash        BLOB    NOT NULL,
    channel     TEXT,
    dropped     INTEGER NOT NULL,
    body        BLOB,
    customer_id TEXT,
    PRIMARY KEY (store_id, position)
) STRICT;

-- Changes of settings, people and keys, in their order; before and after are JSON, NULL where there is none.
CREATE TABLE audit (
    store_id TEXT    NOT NULL REFERENCES stores,
    position INTEGER NOT NULL,
    at       INTEGER NOT NULL,
    actor    TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    before   TEXT,
    after    TEXT,
    PRIMARY KEY (store_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX audit_by_subject ON audit (store_id, subject, position);

-- Argon2id in the PHC string format.
CREATE TABLE passwords (
    store_id   TEXT    NOT NULL,
    agent_id   INTEGER NOT NULL,
    phc        TEXT    NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (store_id, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

-- The one link by which an agent may set a password; secret_hash is SHA-256.
CREATE TABLE invitations (
    store_id    TEXT    NOT NULL,
    agent_id    INTEGER NOT NULL,
    secret_hash BLOB    NOT NULL,
    created_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    PRIMARY KEY (store_id, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

-- Who is signed in; secret_hash is SHA-256.
CREATE TABLE sessions (
    store_id     TEXT    NOT NULL,
    id           TEXT    NOT NULL,
    agent_id     INTEGER NOT NULL,
    secret_hash  BLOB    NOT NULL,
    browser      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    last_seen_at INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_agent ON sessions (store_id, agent_id);

-- What is to be done at a time, each piece once: by whoever has taken it until lease_until.
CREATE TABLE due (
    store_id    TEXT    NOT NULL REFERENCES stores,
    kind        TEXT    NOT NULL,
    subject     INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    lease_until INTEGER NOT NULL,
    lease       TEXT,
    failures    INTEGER NOT NULL,
    failure     TEXT,
    PRIMARY KEY (store_id, kind, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX due_by_time ON due (at);
CREATE INDEX due_failing ON due (store_id) WHERE failures > 0;

-- Where a store's events are told. kinds is a JSON array of names, empty for all. position is the last event that was looked
-- at; whoever has the lease until lease_until works it. failing_since is since when nothing was delivered. The secret is
-- derived from the server's key, the id and the generation, and stands nowhere.
CREATE TABLE webhooks (
    store_id      TEXT    NOT NULL REFERENCES stores,
    id            INTEGER NOT NULL,
    url           TEXT    NOT NULL,
    kinds         TEXT    NOT NULL,
    format        TEXT    NOT NULL CHECK (format IN ('standard', 'assignedAgent')),
    active        INTEGER NOT NULL,
    disabled_why  TEXT,
    generation    INTEGER NOT NULL,
    rotated_at    INTEGER,
    created_at    INTEGER NOT NULL,
    position      INTEGER NOT NULL,
    next_attempt  INTEGER NOT NULL,
    lease         TEXT,
    lease_until   INTEGER NOT NULL,
    failing_since INTEGER,
    origin        TEXT    NOT NULL CHECK (origin IN ('file', 'command')),
    PRIMARY KEY (store_id, id)
) STRICT, WITHOUT ROWID;

-- Events behind position that are still to be told: those that failed, and those behind one of their ticket. next_at is NULL
-- while an earlier one of the ticket is in the way; first_at is when it failed first.
CREATE TABLE webhook_pending (
    store_id   TEXT    NOT NULL,
    webhook_id INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    ticket_id  INTEGER,
    failures   INTEGER NOT NULL,
    first_at   INTEGER,
    next_at    INTEGER,
    PRIMARY KEY (store_id, webhook_id, position, part),
    FOREIGN KEY (store_id, webhook_id) REFERENCES webhooks
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_pending_by_time ON webhook_pending (store_id, webhook_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_pending_by_ticket ON webhook_pending (store_id, webhook_id, ticket_id, position, part);

-- What was sent, and what came of it. position is 0 where it was a test. error is what went wrong on the way.
CREATE TABLE webhook_attempts (
    store_id   TEXT    NOT NULL,
    webhook_id INTEGER NOT NULL,
    id         INTEGER NOT NULL,
    position   INTEGER NOT NULL,
    part       INTEGER NOT NULL,
    kind       TEXT    NOT NULL,
    ticket_id  INTEGER,
    at         INTEGER NOT NULL,
    attempt    INTEGER NOT NULL,
    outcome    TEXT    NOT NULL CHECK (outcome IN ('delivered', 'failed', 'given_up')),
    status     INTEGER,
    ms         INTEGER NOT NULL,
    error      TEXT,
    answer     TEXT,
    PRIMARY KEY (store_id, webhook_id, id),
    FOREIGN KEY (store_id, webhook_id) REFERENCES webhooks
) STRICT, WITHOUT ROWID;
CREATE INDEX webhook_attempts_by_time ON webhook_attempts (store_id, at);

-- What each agent chose to be mailed about: a JSON array of names, NULL for the usual; and when they were mailed last.
CREATE TABLE agent_mail (
    store_id  TEXT    NOT NULL,
    agent_id  INTEGER NOT NULL,
    choice    TEXT,
    mailed_at INTEGER,
    PRIMARY KEY (store_id, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;

-- How far a store's events were looked at for mail to agents, and who does so until lease_until.
CREATE TABLE mailing (
    store_id    TEXT    NOT NULL PRIMARY KEY REFERENCES stores,
    position    INTEGER NOT NULL,
    lease       TEXT,
    lease_until INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Events up to that position that agents are still to be mailed about; first_at is when it failed first.
CREATE TABLE mail_pending (
    store_id TEXT    NOT NULL,
    position INTEGER NOT NULL,
    part     INTEGER NOT NULL,
    agent_id INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    first_at INTEGER,
    next_at  INTEGER NOT NULL,
    PRIMARY KEY (store_id, position, part, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
) STRICT, WITHOUT ROWID;
CREATE INDEX mail_pending_by_time ON mail_pending (store_id, next_at);

-- What follows is made of the tables above and can be made anew: lists and searches read it. Tickets above tickets_to are
-- not in the lists yet; a store without a row has nothing in them.
CREATE TABLE listing (
    store_id     TEXT    NOT NULL PRIMARY KEY,
    tickets_to   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Tickets and customers whose words have changed since they were listed; stamp goes up with every change. past is the last
-- of a customer's tickets that have the new ones.
CREATE TABLE unlisted (
    store_id TEXT    NOT NULL,
    kind     TEXT    NOT NULL CHECK (kind IN ('ticket', 'customer')),
    id       TEXT    NOT NULL,
    stamp    INTEGER NOT NULL DEFAULT 1,
    past     INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (store_id, kind, id)
) STRICT, WITHOUT ROWID;

-- doc is the ticket's number in ticket_words; within a store both count up alike.
CREATE TABLE listed (
    doc         INTEGER NOT NULL PRIMARY KEY,
    store_id    TEXT    NOT NULL,
    ticket_id   INTEGER NOT NULL,
    stage       TEXT    NOT NULL,
    -- Of an open ticket without an agent: waiting or unclaimed.
    unowned     TEXT,
    agent_id    INTEGER,
    team_id     INTEGER,
    customer_id TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    priority    INTEGER NOT NULL,
    created_at  INTEGER NOT NULL,
    last_event  INTEGER NOT NULL,
    -- When an open ticket's customer was last heard of, or it was opened since.
    quiet_since INTEGER NOT NULL,
    UNIQUE (store_id, ticket_id)
) STRICT;
CREATE INDEX listed_by_stage ON listed (store_id, stage, ticket_id);
CREATE INDEX listed_by_agent ON listed (store_id, agent_id, stage, ticket_id);
CREATE INDEX listed_by_team ON listed (store_id, team_id, stage, ticket_id);
CREATE INDEX listed_by_unowned ON listed (store_id, unowned, ticket_id) WHERE unowned IS NOT NULL;
CREATE INDEX listed_by_team_unowned ON listed (store_id, team_id, unowned, ticket_id) WHERE unowned IS NOT NULL;
CREATE INDEX listed_by_customer ON listed (store_id, customer_id, ticket_id);
CREATE INDEX listed_by_channel ON listed (store_id, channel, stage, ticket_id);
CREATE INDEX listed_by_priority ON listed (store_id, priority, stage, ticket_id) WHERE priority <> 1;
CREATE INDEX listed_by_change ON listed (store_id, last_event);
CREATE INDEX listed_by_age ON listed (store_id, created_at);
CREATE INDEX listed_by_quiet ON listed (store_id, quiet_since) WHERE stage = 'open';

-- Entries of the core's, which this tokenizer takes as they are: it folds ASCII letters alone, and cuts at ASCII signs. Nine
-- letters stand before each word; what it begins with, up to twelve letters, is found in order without reading all there is.
CREATE VIRTUAL TABLE ticket_words USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = 'ascii',
    prefix = '10 11 12 13 14 15 16 17 18 19 20 21'
);

-- The ledger, counted from receipts in the order of the store's events; of events that are gone it cannot be counted
-- anew. events_to is the last event
-- that it has, tickets_to the last ticket of which it has the creation, counted_at the time of the last decision.
CREATE TABLE ledger (
    store_id   TEXT    NOT NULL PRIMARY KEY,
    events_to  INTEGER NOT NULL,
    tickets_to INTEGER NOT NULL,
    counted_at INTEGER
) STRICT, WITHOUT ROWID;

-- Since when the same agents can be chosen in a pool, what each has received: JSON.
CREATE TABLE ledger_stretches (
    store_id TEXT    NOT NULL,
    pool     INTEGER NOT NULL,
    stretch  TEXT    NOT NULL,
    PRIMARY KEY (store_id, pool)
) STRICT, WITHOUT ROWID;

-- What a pool gave out on a day of the store's time zone, such as 2026-11-25. spread_… is of balanced decisions, NULL where
-- there were none.
CREATE TABLE ledger_pools (
    store_id     TEXT    NOT NULL,
    pool         INTEGER NOT NULL,
    day          TEXT    NOT NULL,
    turns        INTEGER NOT NULL,
    uncounted    INTEGER NOT NULL,
    worst        REAL    NOT NULL,
    broken       INTEGER NOT NULL,
    broken_at    INTEGER,
    decisions    INTEGER NOT NULL,
    spread_least INTEGER,
    spread_most  INTEGER,
    spread_sum   INTEGER NOT NULL,
    PRIMARY KEY (store_id, pool, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger_shares (
    store_id TEXT    NOT NULL,
    pool     INTEGER NOT NULL,
    day      TEXT    NOT NULL,
    agent_id INTEGER NOT NULL,
    received INTEGER NOT NULL,
    entitled REAL    NOT NULL,
    missed   INTEGER NOT NULL,
    asked    INTEGER NOT NULL,
    by_rule  INTEGER NOT NULL,
    sticky   INTEGER NOT NULL,
    by_load  INTEGER NOT NULL,
    claimed  INTEGER NOT NULL,
    assigned INTEGER NOT NULL,
    passed   INTEGER NOT NULL,
    PRIMARY KEY (store_id, pool, day, agent_id)
) STRICT, WITHOUT ROWID;
