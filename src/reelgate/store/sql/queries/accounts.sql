-- name: create_account
-- Make an account, with $5 microcredits for its sign-up, unless one has that name; returns its id and kind, or nothing
-- when somebody else makes it in this very moment: asked again, it is there.
WITH made AS (
    INSERT INTO accounts (id, name, created_at, test) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING
    RETURNING id, test
), balance AS (
    INSERT INTO balances (account_id, available) SELECT id, $5 FROM made
), lot AS (
    INSERT INTO lots (account_id, test, kind, source, priority, granted, remaining, expires_at, created_at)
    SELECT id, test, 'promotional', 'signup', 10, $5, $5, $6, $3 FROM made WHERE $5 > 0
    RETURNING id, account_id
), transfer AS (
    INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, actor, reason, created_at)
    SELECT account_id, 'grant', 'issued_promotional', 'available', $5, id, 'reelgate', 'for signing up', $3 FROM lot
)
SELECT id, test FROM made UNION ALL SELECT id, test FROM accounts WHERE name = $2 LIMIT 1

-- name: find_account
-- An account by its name.
SELECT a.id, a.name, a.test, b.available, b.reserved FROM accounts a JOIN balances b ON b.account_id = a.id WHERE a.name = $1

-- name: list_accounts
-- All accounts with their balances.
SELECT a.id, a.name, a.test, b.available, b.reserved FROM accounts a JOIN balances b ON b.account_id = a.id ORDER BY a.name

-- name: load_balance
-- What an account has, in microcredits.
SELECT available, reserved FROM balances WHERE account_id = $1

-- name: assign_plan
-- Give the account of a name a plan, or none; every key of it is announced, as it is remembered with its plan.
WITH account AS (
    UPDATE accounts SET plan = $2 WHERE name = $1 RETURNING id
)
SELECT account.id, (SELECT count(pg_notify('reelgate_key', encode(k.sha256, 'hex')))
                    FROM api_keys k WHERE k.account_id = account.id) AS announced
FROM account

-- name: create_key
-- Store a key's digest and what the key may do.
INSERT INTO api_keys (id, account_id, sha256, prefix, created_at, scopes, models, expires_at, requests_per_minute)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: find_key
-- The account behind a key that is not revoked, what the key may do, and what decides the account's plan.
SELECT k.id, k.account_id, k.spends_as, a.name, k.scopes, k.models, k.expires_at, k.requests_per_minute, a.plan, b.available
FROM api_keys k JOIN accounts a ON a.id = k.account_id JOIN balances b ON b.account_id = a.id
WHERE k.sha256 = $1 AND k.revoked_at IS NULL

-- name: list_keys
-- All keys, without anything that would let one use them.
SELECT k.id, a.name AS account, k.prefix, k.created_at, k.revoked_at, k.scopes, k.models, k.expires_at,
       k.requests_per_minute, k.last_used_at
FROM api_keys k JOIN accounts a ON a.id = k.account_id ORDER BY k.created_at

-- name: revoke_key
-- Revoke the key with this id or prefix; returns its id, or nothing when there is no such live key.
UPDATE api_keys SET revoked_at = $2 WHERE (id::text = $1 OR prefix = $1) AND revoked_at IS NULL
RETURNING id, pg_notify('reelgate_key', encode(sha256, 'hex'))

-- name: rotate_key
-- Let the key with this id or prefix end at $6 and store a key of the same terms and lifetime in its place; nothing when
-- there is no such live key.
WITH old AS (
    SELECT * FROM api_keys
    WHERE (id::text = $1 OR prefix = $1) AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $5)
    ORDER BY created_at DESC LIMIT 1 FOR UPDATE
), ending AS (
    UPDATE api_keys k SET expires_at = least(k.expires_at, $6) FROM old WHERE k.id = old.id
), made AS (
    -- Caps are of all of them together, while they overlap and afterwards.
    INSERT INTO api_keys (id, account_id, sha256, prefix, created_at, scopes, models, expires_at, requests_per_minute,
                          spends_as)
    SELECT $2, account_id, $3, $4, $5, scopes, models, $5 + (expires_at - created_at), requests_per_minute,
           coalesce(spends_as, id)
    FROM old
    RETURNING account_id
)
SELECT a.name AS account, old.id AS old_id, pg_notify('reelgate_key', encode(old.sha256, 'hex'))
FROM made JOIN accounts a ON a.id = made.account_id, old

-- name: note_use
-- Note when keys were last used.
UPDATE api_keys k SET last_used_at = greatest(k.last_used_at, used.at)
FROM unnest($1::uuid[], $2::timestamptz[]) AS used (id, at) WHERE k.id = used.id

-- name: announce_use
-- Tell other processes what was used of limits that they share.
SELECT pg_notify('reelgate_use', $1)
