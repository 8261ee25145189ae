-- Every table about a store has keys that begin with store_id. Times are Unix milliseconds, UTC.
--
-- Short rows live in their primary key (WITHOUT ROWID). Tables of long rows (tickets, timeline, idempotency) grow at
-- their end in the order of arrival, and only the key's small entry goes to the store's own place: a batch of many
-- stores then writes half the pages.

CREATE TABLE stores (
    store_id         TEXT    NOT NULL PRIMARY KEY,
    name             TEXT    NOT NULL,
    timezone         TEXT    NOT NULL,
    policy           TEXT    NOT NULL CHECK (policy IN ('round_robin', 'unassigned')),
    dedupe_window_ms INTEGER NOT NULL,
    created_at       INTEGER NOT NULL
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

-- The next number of each kind (agent, team, label, customer, asset, address); numbers are never reused.
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
    policy   TEXT    CHECK (policy IN ('round_robin', 'unassigned')),
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
    PRIMARY KEY (store_id, id),
    FOREIGN KEY (store_id, customer_id) REFERENCES customers,
    FOREIGN KEY (store_id, agent_id) REFERENCES agents,
    FOREIGN KEY (store_id, team_id) REFERENCES teams
) STRICT;
CREATE INDEX tickets_waiting ON tickets (store_id, waiting_pool, id) WHERE waiting_pool IS NOT NULL;

CREATE TABLE ticket_labels (
    store_id  TEXT    NOT NULL,
    ticket_id INTEGER NOT NULL,
    label_id  INTEGER NOT NULL,
    PRIMARY KEY (store_id, ticket_id, label_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets,
    FOREIGN KEY (store_id, label_id) REFERENCES labels
) STRICT, WITHOUT ROWID;

-- Append-only. Sequence 1 is the ticket's creation, which stands in its own row; here are the later ones.
CREATE TABLE timeline (
    store_id  TEXT    NOT NULL,
    ticket_id INTEGER NOT NULL,
    sequence  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    kind      TEXT    NOT NULL,
    actor     TEXT    NOT NULL,
    body      TEXT    NOT NULL,
    PRIMARY KEY (store_id, ticket_id, sequence),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets
) STRICT;

-- The events to deliver, one for each later entry of a timeline. position counts up per store in commit order,
-- without gaps; a position that is not here is the creation of the ticket that has it as its event.
CREATE TABLE outbox (
    store_id  TEXT    NOT NULL,
    position  INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    ticket_id INTEGER NOT NULL,
    sequence  INTEGER NOT NULL,
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
