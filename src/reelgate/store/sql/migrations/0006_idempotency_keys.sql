-- Requests that their callers may send again (L8): the key is written in the statement that accepts the task, so there is
-- never a key without its task nor, for a request that brought a key, a task without it.

CREATE TABLE idempotency_keys (
    account_id uuid NOT NULL REFERENCES accounts,
    dialect text NOT NULL,
    key text NOT NULL CHECK (key <> '' AND length(key) <= 255),
    -- SHA-256 of the request.
    fingerprint bytea NOT NULL CHECK (length(fingerprint) = 32),
    task_id uuid NOT NULL UNIQUE REFERENCES tasks,
    -- What the answer said that the account had left.
    available_microcredits bigint NOT NULL,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (account_id, dialect, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (created_at);
