-- name: add_endpoint
-- Keep an endpoint with its first secret.
WITH endpoint AS (
    INSERT INTO webhook_endpoints (id, account_id, name, url, wire, events, created_at, updated_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
    RETURNING id
)
INSERT INTO webhook_secrets (id, account_id, endpoint_id, secret, sealed, created_at)
SELECT $8, $2, id, $9, $10, $7 FROM endpoint

-- name: list_endpoints
-- Endpoints of an account, or of all, oldest first.
SELECT e.*, a.name AS account FROM webhook_endpoints e JOIN accounts a ON a.id = e.account_id
WHERE $1::uuid IS NULL OR e.account_id = $1 ORDER BY e.created_at, e.id

-- name: load_endpoint
-- One endpoint.
SELECT e.*, a.name AS account FROM webhook_endpoints e JOIN accounts a ON a.id = e.account_id WHERE e.id = $1

-- name: change_endpoint
-- Give an endpoint new properties; one that is enabled anew begins without a record of failures.
UPDATE webhook_endpoints
SET name = $2, url = $3, wire = $4, events = $5, updated_at = $7,
    failing_since = CASE WHEN disabled_reason IS NOT NULL AND $6::text IS NULL THEN NULL ELSE failing_since END,
    disabled_at = CASE WHEN $6::text IS NULL THEN NULL ELSE coalesce(disabled_at, $7) END,
    disabled_reason = CASE WHEN $6::text IS NULL THEN NULL ELSE coalesce(disabled_reason, $6) END
WHERE id = $1 RETURNING id

-- name: remove_endpoint
-- Forget an endpoint with its secrets and its deliveries.
DELETE FROM webhook_endpoints WHERE id = $1 RETURNING id

-- name: live_secrets
-- What signs for an endpoint, or for single requests of an account: the current secret first.
SELECT id, secret, sealed, created_at, expires_at FROM webhook_secrets
WHERE account_id = $1 AND endpoint_id IS NOT DISTINCT FROM $2 AND (expires_at IS NULL OR expires_at > $3)
ORDER BY expires_at DESC NULLS FIRST LIMIT $4

-- name: save_secret
-- Keep a first secret unless there is one.
INSERT INTO webhook_secrets (id, account_id, endpoint_id, secret, sealed, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING

-- name: replace_secret
-- Let the current secret sign until $5 and any older one no more.
UPDATE webhook_secrets SET expires_at = CASE WHEN expires_at IS NULL THEN $4 ELSE least(expires_at, $3) END
WHERE account_id = $1 AND endpoint_id IS NOT DISTINCT FROM $2
