-- Every key of a table about a store begins with store_id, so that the schema can be distributed by store. Times are
-- Unix milliseconds, UTC. Texts in keys are compared by their bytes, whatever the language of the database.

CREATE TABLE stores (
    store_id         TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name             TEXT             NOT NULL,
    timezone         TEXT             NOT NULL,
    policy           TEXT             NOT NULL CHECK (policy IN ('round_robin', 'unassigned')),
    dedupe_window_ms BIGINT           NOT NULL,
    created_at       BIGINT           NOT NULL
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

-- The next number of each kind (agent, team, label, customer, asset, address); numbers are never reused.
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
    policy   TEXT             CHECK (policy IN ('round_robin', 'unassigned')),
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
    PRIMARY KEY (store_id, id)
);
CREATE INDEX tickets_waiting ON tickets (store_id, waiting_pool, id) WHERE waiting_pool IS NOT NULL;

CREATE TABLE ticket_labels (
    store_id  TEXT COLLATE "C" NOT NULL,
    ticket_id BIGINT           NOT NULL,
    label_id  BIGINT           NOT NULL,
    PRIMARY KEY (store_id, ticket_id, label_id),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets,
    FOREIGN KEY (store_id, label_id) REFERENCES labels
);

-- Append-only. Sequence 1 is the ticket's creation, which stands in its own row; here are the later ones.
CREATE TABLE timeline (
    store_id  TEXT COLLATE "C" NOT NULL,
    ticket_id BIGINT           NOT NULL,
    sequence  BIGINT           NOT NULL,
    at        BIGINT           NOT NULL,
    kind      TEXT             NOT NULL,
    actor     TEXT             NOT NULL,
    body      TEXT             NOT NULL,
    PRIMARY KEY (store_id, ticket_id, sequence),
    FOREIGN KEY (store_id, ticket_id) REFERENCES tickets
);

-- The events to deliver, one for each later entry of a timeline. position counts up per store in commit order,
-- without gaps; a position that is not here is the creation of the ticket that has it as its event.
CREATE TABLE outbox (
    store_id  TEXT COLLATE "C" NOT NULL,
    position  BIGINT           NOT NULL,
    at        BIGINT           NOT NULL,
    ticket_id BIGINT           NOT NULL,
    sequence  BIGINT           NOT NULL,
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
