-- name: grant_credits
-- Issue microcredits to an account as a new lot; returns what is available afterwards.
WITH lot AS (
    INSERT INTO lots (account_id, test, kind, source, priority, granted, remaining, expires_at, created_at)
    SELECT id, test, $3, $4, $5, $2, $2, $6, $9 FROM accounts WHERE id = $1
    RETURNING id, account_id
), balance AS (
    UPDATE balances b SET available = b.available + $2 FROM lot WHERE b.account_id = lot.account_id
    RETURNING b.available
), transfer AS (
    INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, actor, reason, created_at)
    SELECT account_id, CASE WHEN $4 = 'adjustment' THEN 'adjust' ELSE 'grant' END,
           CASE WHEN $4 = 'adjustment' THEN 'adjustment' ELSE 'issued_' || $3 END, 'available', $2, id, $7, $8, $9
    FROM lot
)
SELECT available FROM balance

-- name: withdraw_credits
-- Take unreserved microcredits from an account as an adjustment; true unless there are too few.
SELECT withdraw_credits($1, $2, $3, $4, $5)

-- name: refund_task
-- Give back some of what a task has posted; true unless it has posted less.
SELECT refund_task($1, $2, $3, $4, $5)

-- name: expire_lots
-- Take out of expired lots what is not reserved; returns of how many.
SELECT expire_lots($1)

-- name: list_lots
-- An account's lots in the order in which they are burned; $2 leaves out those with nothing in them.
SELECT id, kind, source, priority, granted, remaining, reserved, expires_at, created_at
FROM lots WHERE account_id = $1 AND (NOT $2 OR remaining + reserved > 0)
ORDER BY priority, expires_at, id

-- name: cap_key
-- Bound what a key may spend; true unless there is no such key.
SELECT cap_key($1, $2, $3, $4)

-- name: list_caps
-- The caps of an account's keys, with what counts against them in a month.
SELECT c.key_id, k.prefix, c.total_cap, c.total_spent, c.month_cap,
       CASE WHEN c.month >= month_of($2) THEN c.month_spent ELSE 0 END AS month_spent
FROM key_caps c JOIN api_keys k ON k.id = c.key_id WHERE k.account_id = $1 ORDER BY k.created_at

-- name: set_budget
-- Bound what an account may spend in a calendar month; NULL unbinds it.
UPDATE balances SET month_budget = $2 WHERE account_id = $1 RETURNING account_id

-- name: load_budget
-- What an account may spend in a month, and what it has.
SELECT month_budget, CASE WHEN month >= month_of($2) THEN month_spent ELSE 0 END AS month_spent
FROM balances WHERE account_id = $1
