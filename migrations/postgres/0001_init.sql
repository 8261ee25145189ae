-- Every key of a table about a store begins with store_id, so that the schema can be distributed by store. Times are
-- Unix milliseconds, UTC. Texts in keys are compared by their bytes, whatever the language of the database.

CREATE TABLE stores (
    store_id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name             TEXT             NOT NULL,
    timezone         TEXT             NOT NULL,
    policy           TEXT             NOT NULL CHECK (policy IN ('round_robin', 'balanced', 'unassigned')),
    dedupe_window_ms BIGINT           NOT NULL,
    created_at       BIGINT           NOT NULL,
    reopen_within_ms BIGINT           NOT NULL,
    close_after_ms   BIGINT,
    agents_see_all   BOOLEAN          NOT NULL,
    keep_audit_ms    BIGINT           NOT NULL,
    -- Whether the bodies of rejected create calls are kept.
    keep_rejected    BOOLEAN          NOT NULL,
    waiting_too_long_ms BIGINT,
    -- Whether mails to agents have what a ticket says.
    mail_content     BOOLEAN          NOT NULL,
    -- Holidays, sticky agents, the ramp, and what follows from absence: JSON, empty where nothing is set.
    routing          TEXT    NOT NULL
);

-- The store's one lock: every intake transaction and every roster change takes this row first.
-- pools is a JSON array of [pool, last assigned agent or null, waiting tickets], pool 0 being the store's.
-- A store has one row. While somebody's old snapshot (a dump) lasts, every version of it stays, and reading walks along
-- them; so it is now and then replaced by one of the next generation. The last generation is found without the others.
CREATE TABLE routing (
    store_id       TEXT COLLATE "C" NOT NULL,
    generation     BIGINT           NOT NULL DEFAULT 0,
    roster_version BIGINT           NOT NULL,
    next_ticket    BIGINT           NOT NULL,
    next_event     BIGINT           NOT NULL,
    pools          TEXT             NOT NULL,
    PRIMARY KEY (store_id, generation)
);

-- The next number of each kind (agent, team, label, customer, asset, address); numbers are never reused. That of kind event is
-- the first position of the outbox that is kept.
CREATE TABLE counters (
    store_id TEXT COLLATE "C" NOT NULL REFERENCES stores,
    kind     TEXT COLLATE "C" NOT NULL,
    next     BIGINT           NOT NULL,
    PRIMARY KEY (store_id, kind)
);

CREATE TABLE agents (
    store_id  TEXT COLLATE "C" NOT NULL REFERENCES stores,
    id        BIGINT           NOT NULL,
    email     TEXT             NOT NULL,
    email_key TEXT COLLATE "C" NOT NULL,
    name      TEXT             NOT NULL,
    role      TEXT             NOT NULL CHECK (role IN ('agent', 'team_manager', 'admin')),
    online    BOOLEAN          NOT NULL,
    max_open  BIGINT,
    active    BOOLEAN          NOT NULL,
    origin    TEXT             NOT NULL CHECK (origin IN ('file', 'command')),
    -- Why and until when an agent that is not online is away, as far as they said.
    away_reason TEXT,
    away_until  BIGINT,
    -- JSON, NULL where there is none.
    leave       TEXT,
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, email_key)
);

-- What a receipt's seats were called and set to when it was written: appended to at every change of an agent.
CREATE TABLE agent_history (
    store_id       TEXT COLLATE "C" NOT NULL,
    agent_id       BIGINT           NOT NULL,
    roster_version BIGINT           NOT NULL,
    at             BIGINT           NOT NULL,
    name           TEXT             NOT NULL,
    email          TEXT             NOT NULL,
    online         BOOLEAN          NOT NULL,
    max_open       BIGINT,
    active         BOOLEAN          NOT NULL,
    PRIMARY KEY (store_id, agent_id, roster_version),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);

-- generation is that of the store's routing row, and for the same reason.
CREATE TABLE agent_loads (
    store_id   TEXT COLLATE "C" NOT NULL,
    generation BIGINT           NOT NULL DEFAULT 0,
    agent_id   BIGINT           NOT NULL,
    open       BIGINT           NOT NULL CHECK (open >= 0),
    PRIMARY KEY (store_id, generation, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);

CREATE TABLE teams (
    store_id TEXT COLLATE "C" NOT NULL REFERENCES stores,
    id       BIGINT           NOT NULL,
    name     TEXT             NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    policy   TEXT             CHECK (policy IN ('round_robin', 'balanced', 'unassigned')),
    hours    TEXT,
    active   BOOLEAN          NOT NULL,
    origin   TEXT             NOT NULL CHECK (origin IN ('file', 'command')),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, name_key)
);

CREATE TABLE team_members (
    store_id TEXT COLLATE "C" NOT NULL,
    team_id  BIGINT           NOT NULL,
    agent_id BIGINT           NOT NULL,
    PRIMARY KEY (store_id, team_id, agent_id),
    FOREIGN KEY (store_id, team_id) REFERENCES teams,
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);

-- Who was in a team, and what it was called: appended to at every change of a team.
CREATE TABLE team_history (
    store_id       TEXT COLLATE "C" NOT NULL,
    team_id        BIGINT NOT NULL,
    roster_version BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    name           TEXT    NOT NULL,
    -- A JSON array of agents' numbers, in their order.
    members        TEXT    NOT NULL,
    PRIMARY KEY (store_id, team_id, roster_version),
    FOREIGN KEY (store_id, team_id) REFERENCES teams
);

CREATE TABLE labels (
    store_id TEXT COLLATE "C" NOT NULL REFERENCES stores,
    id       BIGINT           NOT NULL,
    name     TEXT             NOT NULL,
    name_key TEXT COLLATE "C" NOT NULL,
    active   BOOLEAN          NOT NULL,
    origin   TEXT             NOT NULL CHECK (origin IN ('file', 'command')),
    PRIMARY KEY (store_id, id),
    UNIQUE (store_id, name_key)
);

-- In the order of place. A store without any has the usual three: open, snoozed, closed.
CREATE TABLE stages (
    store_id TEXT COLLATE "C" NOT NULL REFERENCES stores,
    id       BIGINT           NOT NULL,
    name     TEXT             NOT NULL,
    kind     TEXT             NOT NULL CHECK (kind IN ('open', 'snoozed', 'closed')),
    place    BIGINT           NOT NULL,
    PRIMARY KEY (store_id, id)
);

-- In the order of place; body is the rule as JSON.
CREATE TABLE rules (
    store_id TEXT COLLATE "C" NOT NULL REFERENCES stores,
    id       BIGINT NOT NULL,
    place    BIGINT NOT NULL,
    body     TEXT    NOT NULL,
    PRIMARY KEY (store_id, id)
);

-- The store's own numbers and mail addresses; address is in its compared form.
CREATE TABLE brand_addresses (
    store_id TEXT COLLATE "C" NOT NULL REFERENCES stores,
    channel  TEXT COLLATE "C" NOT NULL CHECK (channel IN ('whatsapp', 'email')),
    address  TEXT COLLATE "C" NOT NULL,
    active   BOOLEAN          NOT NULL,
    origin   TEXT             NOT NULL CHECK (origin IN ('file', 'command')),
    PRIMARY KEY (store_id, channel, address)
);

CREATE TABLE customers (
    store_id            TEXT COLLATE "C" NOT NULL REFERENCES stores,
    id                  TEXT COLLATE "C" NOT NULL,
    partner_customer_id TEXT COLLATE "C",
    first_name          TEXT,
    last_name           TEXT,
    phone               TEXT COLLATE "C",
    email               TEXT,
    email_key           TEXT COLLATE "C",
    country_code        TEXT,
    -- The phone number's digits from the last to the first: an end of the number is a beginning of these.
    phone_reversed      TEXT COLLATE "C",
    active              BOOLEAN          NOT NULL,
    origin              TEXT             NOT NULL CHECK (origin IN ('file', 'command')),
    created_at          BIGINT           NOT NULL,
    updated_at          BIGINT           NOT NULL,
    PRIMARY KEY (store_id, id)
);
CREATE UNIQUE INDEX customers_by_partner_id ON customers (store_id, partner_customer_id)
    WHERE partner_customer_id IS NOT NULL;
CREATE INDEX customers_by_phone ON customers (store_id, phone) WHERE phone IS NOT NULL;
CREATE INDEX customers_by_email ON customers (store_id, email_key) WHERE email_key IS NOT NULL;
CREATE INDEX customers_by_phone_end ON customers (store_id, phone_reversed) WHERE phone_reversed IS NOT NULL;

CREATE TABLE customer_assets (
    store_id     TEXT COLLATE "C" NOT NULL,
    customer_id  TEXT COLLATE "C" NOT NULL,
    id           BIGINT           NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('EMAIL', 'PHONE_NUMBER')),
    value        TEXT COLLATE "C" NOT NULL,
    country_code TEXT,
    created_at   BIGINT           NOT NULL,
    PRIMARY KEY (store_id, customer_id, id),
    UNIQUE (store_id, customer_id, kind, value),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers
);

CREATE TABLE customer_addresses (
    store_id           TEXT COLLATE "C" NOT NULL,
    customer_id        TEXT COLLATE "C" NOT NULL,
    id                 BIGINT           NOT NULL,
    partner_address_id TEXT,
    address1           TEXT,
    city               TEXT,
    country            TEXT,
    country_code       TEXT,
    state              TEXT,
    zip                TEXT,
    is_default         BOOLEAN          NOT NULL,
    PRIMARY KEY (store_id, customer_id, id),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers
);

CREATE TABLE customer_tags (
    store_id    TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    tag         TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (store_id, customer_id, tag),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers
);

CREATE TABLE api_keys (
    store_id     TEXT COLLATE "C" NOT NULL REFERENCES stores,
    key_id       TEXT COLLATE "C" NOT NULL,
    name         TEXT             NOT NULL,
    secret_hash  BYTEA            NOT NULL,
    scopes       TEXT             NOT NULL,
    rate         BIGINT,
    created_at   BIGINT           NOT NULL,
    expires_at   BIGINT,
    revoked_at   BIGINT,
    last_used_at BIGINT,
    changed_at   BIGINT           NOT NULL,
    PRIMARY KEY (store_id, key_id)
);
CREATE INDEX api_keys_by_id ON api_keys (key_id);
CREATE INDEX api_keys_by_change ON api_keys (changed_at);

-- waiting_pool is the pool that will give an ownerless open ticket out: 0 for the store's, else a team's id.
-- created_at, created_by and receipt never change: they are the first entry of the ticket's timeline, and event is
-- that entry's position among the store's events.
-- batch is the random id of the intake batch that wrote the ticket; only the first ticket of each batch has it. By it a
-- node learns whether a commit that it got no answer to was made.
CREATE TABLE tickets (
    store_id         TEXT COLLATE "C" NOT NULL,
    id               BIGINT           NOT NULL,
    customer_id      TEXT COLLATE "C" NOT NULL,
    channel          TEXT             NOT NULL CHECK (channel IN ('whatsapp', 'email', 'tasks')),
    stage            TEXT             NOT NULL CHECK (stage IN ('open', 'snoozed', 'closed')),
    agent_id         BIGINT,
    team_id          BIGINT,
    waiting_pool     BIGINT,
    created_at       BIGINT           NOT NULL,
    created_by       TEXT             NOT NULL,
    event            BIGINT           NOT NULL,
    receipt          TEXT             NOT NULL,
    batch            BIGINT,
    brand_address    TEXT,
    customer_address TEXT,
    task_title       TEXT,
    context          TEXT,
    -- What intake leaves as it is, last so that it costs a new ticket nothing. See values::StoredTicket.
    stage_id         BIGINT,
    priority         BIGINT,
    passed           TEXT,
    touched          BOOLEAN,
    heard_at         BIGINT,
    opened_at        BIGINT,
    changed_at       BIGINT,
    sequence         BIGINT,
    last_event       BIGINT,
    snoozed_until    BIGINT,
    closed_at        BIGINT,
    closed_by        TEXT,
    merged_into      BIGINT,
    merged_was       TEXT,
    linked_to        BIGINT,
    PRIMARY KEY (store_id, id)
);
CREATE INDEX tickets_waiting ON tickets (store_id, waiting_pool, id) WHERE waiting_pool IS NOT NULL;
CREATE INDEX tickets_merged ON tickets (store_id, merged_into, id) WHERE merged_into IS NOT NULL;

CREATE TABLE ticket_labels (
    store_id  TEXT COLLATE "C" NOT NULL,
    ticket_id BIGINT           NOT NULL,
    label_id  BIGINT           NOT NULL,
    PRIMARY KEY (store_id, ticket_id, label_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets,
    FOREIGN KEY (store_id, label_id) REFERENCES labels
);
CREATE INDEX ticket_labels_by_label ON ticket_labels (store_id, label_id, ticket_id);

-- Append-only. Sequence 1 is the ticket's creation, which stands in its own row; here are the later ones.
CREATE TABLE timeline (
    store_id  TEXT COLLATE "C" NOT NULL,
    ticket_id BIGINT           NOT NULL,
    sequence  BIGINT           NOT NULL,
    at        BIGINT           NOT NULL,
    kind      TEXT             NOT NULL,
    actor     TEXT             NOT NULL,
    body      TEXT             NOT NULL,
    -- Of an entry in which somebody was chosen.
    receipt   TEXT,
    PRIMARY KEY (store_id, ticket_id, sequence),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets
);

-- The events that others are told of, but for creations. position counts up per store in commit order, without gaps; one
-- that is not here is the creation of the ticket that has it as its event. body is JSON: the ticket right after, or what
-- an event that is about no ticket tells.
CREATE TABLE outbox (
    store_id  TEXT COLLATE "C" NOT NULL,
    position  BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    kind      TEXT    NOT NULL,
    ticket_id BIGINT,
    sequence  BIGINT,
    body      TEXT    NOT NULL,
    PRIMARY KEY (store_id, position)
);

-- caller is '' for an Idempotency-Key (unique per store) and the API key's id for dedupe_window, whose key is
-- the SHA-256 of the body in hex.
CREATE TABLE idempotency (
    store_id   TEXT COLLATE "C" NOT NULL,
    caller     TEXT COLLATE "C" NOT NULL,
    key        TEXT COLLATE "C" NOT NULL,
    body_hash  BYTEA            NOT NULL,
    answer     TEXT             NOT NULL,
    created_at BIGINT           NOT NULL,
    expires_at BIGINT           NOT NULL,
    PRIMARY KEY (store_id, caller, key)
);
CREATE INDEX idempotency_by_expiry ON idempotency (store_id, expires_at);

-- The messages that came with an id of their sender's.
CREATE TABLE message_ids (
    store_id     TEXT COLLATE "C" NOT NULL,
    ticket_id    BIGINT           NOT NULL,
    external_id  TEXT COLLATE "C" NOT NULL,
    sequence     BIGINT           NOT NULL,
    PRIMARY KEY (store_id, ticket_id, external_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets
);

-- Who was mentioned in a note on which ticket, and in which entry last.
CREATE TABLE mentions (
    store_id     TEXT COLLATE "C" NOT NULL,
    agent_id     BIGINT           NOT NULL,
    ticket_id    BIGINT           NOT NULL,
    sequence     BIGINT           NOT NULL,
    PRIMARY KEY (store_id, agent_id, ticket_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets,
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);

-- agent_id is whose a view is, and NULL for one that all see; filter has the form of query parameters.
CREATE TABLE views (
    store_id     TEXT COLLATE "C" NOT NULL REFERENCES stores,
    id           BIGINT           NOT NULL,
    agent_id     BIGINT,
    name         TEXT             NOT NULL,
    filter       TEXT             NOT NULL,
    sort         TEXT             NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);

-- Who was given a customer's last ticket, in a store that goes by that.
CREATE TABLE last_agents (
    store_id    TEXT COLLATE "C" NOT NULL,
    customer_id TEXT COLLATE "C" NOT NULL,
    agent_id    BIGINT NOT NULL,
    at          BIGINT NOT NULL,
    PRIMARY KEY (store_id, customer_id)
);
CREATE INDEX last_agents_by_time ON last_agents (store_id, at);

-- Waits of tickets that were looked at, as of the ticket's entry sequence: since when it waits, and whether it was told that
-- it is too long.
CREATE TABLE waits (
    store_id  TEXT COLLATE "C" NOT NULL,
    ticket_id BIGINT           NOT NULL,
    sequence  BIGINT           NOT NULL,
    since     BIGINT           NOT NULL,
    told      BOOLEAN          NOT NULL,
    PRIMARY KEY (store_id, ticket_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets
);

-- Create calls that were refused, each with what was wrong (JSON). body and customer_id, whom it names, are there only
-- where the store keeps them; dropped are those that came right before this and were too many.
CREATE TABLE rejections (
    store_id    TEXT COLLATE "C" NOT NULL REFERENCES stores,
    position    BIGINT           NOT NULL,
    at          BIGINT           NOT NULL,
    key_id      TEXT COLLATE "C" NOT NULL,
    status      BIGINT           NOT NULL,
    errors      TEXT             NOT NULL,
    ignored     TEXT             NOT NULL,
    size        BIGINT           NOT NULL,
    hash        BYTEA            NOT NULL,
    channel     TEXT,
    dropped     BIGINT           NOT NULL,
    body        BYTEA,
    customer_id TEXT COLLATE "C",
    PRIMARY KEY (store_id, position)
);

-- Changes of settings, people and keys, in their order; before and after are JSON, NULL where there is none.
CREATE TABLE audit (
    store_id     TEXT COLLATE "C" NOT NULL REFERENCES stores,
    position     BIGINT           NOT NULL,
    at           BIGINT           NOT NULL,
    actor        TEXT             NOT NULL,
    subject      TEXT COLLATE "C" NOT NULL,
    before       TEXT,
    after        TEXT,
    PRIMARY KEY (store_id, position)
);
CREATE INDEX audit_by_subject ON audit (store_id, subject, position);

-- Argon2id in the PHC string format.
CREATE TABLE passwords (
    store_id     TEXT COLLATE "C" NOT NULL,
    agent_id     BIGINT           NOT NULL,
    phc          TEXT             NOT NULL,
    changed_at   BIGINT           NOT NULL,
    PRIMARY KEY (store_id, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);

-- The one link by which an agent may set a password; secret_hash is SHA-256.
CREATE TABLE invitations (
    store_id     TEXT COLLATE "C" NOT NULL,
    agent_id     BIGINT           NOT NULL,
    secret_hash  BYTEA            NOT NULL,
    created_at   BIGINT           NOT NULL,
    expires_at   BIGINT           NOT NULL,
    PRIMARY KEY (store_id, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);

-- Who is signed in; secret_hash is SHA-256.
CREATE TABLE sessions (
    store_id     TEXT COLLATE "C" NOT NULL,
    id           TEXT COLLATE "C" NOT NULL,
    agent_id     BIGINT           NOT NULL,
    secret_hash  BYTEA            NOT NULL,
    browser      TEXT             NOT NULL,
    created_at   BIGINT           NOT NULL,
    last_seen_at BIGINT           NOT NULL,
    expires_at   BIGINT           NOT NULL,
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);
CREATE INDEX sessions_by_agent ON sessions (store_id, agent_id);

-- What a session has before it, until a moment. SQLite's one process keeps it in memory.
CREATE TABLE viewing (
    store_id   TEXT COLLATE "C" NOT NULL,
    session_id TEXT COLLATE "C" NOT NULL,
    agent_id   BIGINT           NOT NULL,
    ticket_id  BIGINT           NOT NULL,
    activity   TEXT COLLATE "C" NOT NULL,
    until      BIGINT           NOT NULL,
    PRIMARY KEY (store_id, session_id),
    FOREIGN KEY (store_id, session_id) REFERENCES sessions ON DELETE CASCADE
);

-- What is to be done at a time, each piece once: by whoever has taken it until lease_until.
CREATE TABLE due (
    store_id     TEXT COLLATE "C" NOT NULL REFERENCES stores,
    kind         TEXT COLLATE "C" NOT NULL,
    subject      BIGINT           NOT NULL,
    at           BIGINT           NOT NULL,
    lease_until  BIGINT           NOT NULL,
    lease        TEXT,
    failures     BIGINT           NOT NULL,
    failure      TEXT,
    PRIMARY KEY (store_id, kind, subject)
);
CREATE INDEX due_by_time ON due (at);
CREATE INDEX due_failing ON due (store_id) WHERE failures > 0;

-- Where a store's events are told. kinds is a JSON array of names, empty for all. position is the last event that was looked
-- at; whoever has the lease until lease_until works it. failing_since is since when nothing was delivered. The secret is
-- derived from the server's key, the id and the generation, and stands nowhere.
CREATE TABLE webhooks (
    store_id      TEXT COLLATE "C" NOT NULL REFERENCES stores,
    id            BIGINT           NOT NULL,
    url           TEXT             NOT NULL,
    kinds         TEXT             NOT NULL,
    format        TEXT             NOT NULL CHECK (format IN ('standard', 'assignedAgent')),
    active        BOOLEAN          NOT NULL,
    disabled_why  TEXT,
    generation    BIGINT           NOT NULL,
    rotated_at    BIGINT,
    created_at    BIGINT           NOT NULL,
    position      BIGINT           NOT NULL,
    next_attempt  BIGINT           NOT NULL,
    lease         TEXT,
    lease_until   BIGINT           NOT NULL,
    failing_since BIGINT,
    origin        TEXT             NOT NULL CHECK (origin IN ('file', 'command')),
    PRIMARY KEY (store_id, id)
);

-- Events behind position that are still to be told: those that failed, and those behind one of their ticket. next_at is NULL
-- while an earlier one of the ticket is in the way; first_at is when it failed first.
CREATE TABLE webhook_pending (
    store_id   TEXT COLLATE "C" NOT NULL,
    webhook_id BIGINT           NOT NULL,
    position   BIGINT           NOT NULL,
    part       BIGINT           NOT NULL,
    ticket_id  BIGINT,
    failures   BIGINT           NOT NULL,
    first_at   BIGINT,
    next_at    BIGINT,
    PRIMARY KEY (store_id, webhook_id, position, part),
    FOREIGN KEY (store_id, webhook_id) REFERENCES webhooks
);
CREATE INDEX webhook_pending_by_time ON webhook_pending (store_id, webhook_id, next_at) WHERE next_at IS NOT NULL;
CREATE INDEX webhook_pending_by_ticket ON webhook_pending (store_id, webhook_id, ticket_id, position, part);

-- What was sent, and what came of it. position is 0 where it was a test. error is what went wrong on the way.
CREATE TABLE webhook_attempts (
    store_id   TEXT COLLATE "C" NOT NULL,
    webhook_id BIGINT           NOT NULL,
    id         BIGINT           NOT NULL,
    position   BIGINT           NOT NULL,
    part       BIGINT           NOT NULL,
    kind       TEXT             NOT NULL,
    ticket_id  BIGINT,
    at         BIGINT           NOT NULL,
    attempt    BIGINT           NOT NULL,
    outcome    TEXT             NOT NULL CHECK (outcome IN ('delivered', 'failed', 'given_up')),
    status     BIGINT,
    ms         BIGINT           NOT NULL,
    error      TEXT,
    answer     TEXT,
    PRIMARY KEY (store_id, webhook_id, id),
    FOREIGN KEY (store_id, webhook_id) REFERENCES webhooks
);
CREATE INDEX webhook_attempts_by_time ON webhook_attempts (store_id, at);

-- What each agent chose to be mailed about: a JSON array of names, NULL for the usual; and when they were mailed last.
CREATE TABLE agent_mail (
    store_id  TEXT COLLATE "C" NOT NULL,
    agent_id  BIGINT           NOT NULL,
    choice    TEXT,
    mailed_at BIGINT,
    PRIMARY KEY (store_id, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);

-- How far a store's events were looked at for mail to agents, and who does so until lease_until.
CREATE TABLE mailing (
    store_id    TEXT COLLATE "C" NOT NULL PRIMARY KEY REFERENCES stores,
    position    BIGINT           NOT NULL,
    lease       TEXT,
    lease_until BIGINT           NOT NULL
);

-- Events up to that position that agents are still to be mailed about; first_at is when it failed first.
CREATE TABLE mail_pending (
    store_id TEXT COLLATE "C" NOT NULL,
    position BIGINT           NOT NULL,
    part     BIGINT           NOT NULL,
    agent_id BIGINT           NOT NULL,
    failures BIGINT           NOT NULL,
    first_at BIGINT,
    next_at  BIGINT           NOT NULL,
    PRIMARY KEY (store_id, position, part, agent_id),
    FOREIGN KEY (store_id, agent_id) REFERENCES agents
);
CREATE INDEX mail_pending_by_time ON mail_pending (store_id, next_at);

-- What follows is made of the tables above and can be made anew: lists and searches read it. Tickets above tickets_to are
-- not in the lists yet; a store without a row has nothing in them.
CREATE TABLE listing (
    store_id     TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    tickets_to   BIGINT           NOT NULL
);

-- Tickets and customers whose words have changed since they were listed; stamp goes up with every change. past is the last
-- of a customer's tickets that have the new ones.
CREATE TABLE unlisted (
    store_id     TEXT COLLATE "C" NOT NULL,
    kind         TEXT COLLATE "C" NOT NULL CHECK (kind IN ('ticket', 'customer')),
    id           TEXT COLLATE "C" NOT NULL,
    stamp        BIGINT           NOT NULL DEFAULT 1,
    past         BIGINT           NOT NULL DEFAULT 0,
    PRIMARY KEY (store_id, kind, id)
);

-- words are the core's tokens, each behind a few letters that stand for its store: the index has all stores' words.
CREATE TABLE listed (
    store_id    TEXT COLLATE "C" NOT NULL,
    ticket_id   BIGINT           NOT NULL,
    stage       TEXT COLLATE "C" NOT NULL,
    -- Of an open ticket without an agent: waiting or unclaimed.
    unowned     TEXT COLLATE "C",
    agent_id    BIGINT,
    team_id     BIGINT,
    customer_id TEXT COLLATE "C" NOT NULL,
    channel     TEXT COLLATE "C" NOT NULL,
    priority    BIGINT           NOT NULL,
    created_at  BIGINT           NOT NULL,
    last_event  BIGINT           NOT NULL,
    -- When an open ticket's customer was last heard of, or it was opened since.
    quiet_since BIGINT           NOT NULL,
    words       TSVECTOR         NOT NULL,
    PRIMARY KEY (store_id, ticket_id)
);
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
CREATE INDEX listed_by_words ON listed USING gin (words);

-- The ledger, counted from receipts in the order of the store's events; of events that are gone it cannot be counted
-- anew. events_to is the last event
-- that it has, tickets_to the last ticket of which it has the creation, counted_at the time of the last decision.
CREATE TABLE ledger (
    store_id   TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    events_to  BIGINT           NOT NULL,
    tickets_to BIGINT           NOT NULL,
    counted_at BIGINT
);

-- Since when the same agents can be chosen in a pool, what each has received: JSON.
CREATE TABLE ledger_stretches (
    store_id TEXT COLLATE "C" NOT NULL,
    pool     BIGINT           NOT NULL,
    stretch  TEXT             NOT NULL,
    PRIMARY KEY (store_id, pool)
);

-- What a pool gave out on a day of the store's time zone, such as 2026-11-25. spread_… is of balanced decisions, NULL where
-- there were none.
CREATE TABLE ledger_pools (
    store_id     TEXT COLLATE "C" NOT NULL,
    pool         BIGINT           NOT NULL,
    day          TEXT COLLATE "C" NOT NULL,
    turns        BIGINT           NOT NULL,
    uncounted    BIGINT           NOT NULL,
    worst        DOUBLE PRECISION NOT NULL,
    broken       BIGINT           NOT NULL,
    broken_at    BIGINT,
    decisions    BIGINT           NOT NULL,
    spread_least BIGINT,
    spread_most  BIGINT,
    spread_sum   BIGINT           NOT NULL,
    PRIMARY KEY (store_id, pool, day)
);

CREATE TABLE ledger_shares (
    store_id TEXT COLLATE "C" NOT NULL,
    pool     BIGINT           NOT NULL,
    day      TEXT COLLATE "C" NOT NULL,
    agent_id BIGINT           NOT NULL,
    received BIGINT           NOT NULL,
    entitled DOUBLE PRECISION NOT NULL,
    missed   BIGINT           NOT NULL,
    asked    BIGINT           NOT NULL,
    by_rule  BIGINT           NOT NULL,
    sticky   BIGINT           NOT NULL,
    by_load  BIGINT           NOT NULL,
    claimed  BIGINT           NOT NULL,
    assigned BIGINT           NOT NULL,
    passed   BIGINT           NOT NULL,
    PRIMARY KEY (store_id, pool, day, agent_id)
);
