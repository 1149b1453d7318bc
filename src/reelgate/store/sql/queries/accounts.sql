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

-- name: create_key
-- Store a key's digest.
INSERT INTO api_keys (id, account_id, sha256, prefix, created_at) VALUES ($1, $2, $3, $4, $5)

-- name: find_key
-- The account behind a key that is not revoked.
SELECT k.id, k.account_id, a.name FROM api_keys k JOIN accounts a ON a.id = k.account_id
WHERE k.sha256 = $1 AND k.revoked_at IS NULL

-- name: list_keys
-- All keys, without anything that would let one use them.
SELECT k.id, a.name AS account, k.prefix, k.created_at, k.revoked_at
FROM api_keys k JOIN accounts a ON a.id = k.account_id ORDER BY k.created_at

-- name: revoke_key
-- Revoke the key with this id or prefix; returns its id, or nothing when there is no such live key.
UPDATE api_keys SET revoked_at = $2 WHERE (id::text = $1 OR prefix = $1) AND revoked_at IS NULL
RETURNING id, pg_notify('reelgate_key', encode(sha256, 'hex'))

-- name: load_secret
-- A secret of the server.
SELECT secret FROM server_secrets WHERE name = $1

-- name: save_secret
-- Keep a secret of the server unless it has one by that name.
INSERT INTO server_secrets (name, secret, created_at) VALUES ($1, $2, $3) ON CONFLICT (name) DO NOTHING
