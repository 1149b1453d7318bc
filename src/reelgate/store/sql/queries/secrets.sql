-- name: load_server_secret
-- A secret of the server, as it is kept.
SELECT secret, sealed FROM server_secrets WHERE name = $1

-- name: save_server_secret
-- Keep a secret of the server unless it has one by that name.
INSERT INTO server_secrets (name, secret, sealed, created_at) VALUES ($1, $2, $3, $4) ON CONFLICT (name) DO NOTHING

-- name: list_server_secrets
-- All secrets of the server, as they are kept.
SELECT name, secret, sealed FROM server_secrets ORDER BY name

-- name: reseal_server_secret
-- Put a secret that was sealed anew in its place, unless it has been changed meanwhile.
UPDATE server_secrets SET secret = NULL, sealed = $2
WHERE name = $1 AND secret IS NOT DISTINCT FROM $3 AND sealed IS NOT DISTINCT FROM $4 RETURNING name

-- name: webhook_secrets_to_seal
-- At most $2 secrets of webhooks that are not sealed with the key whose sealed texts begin with $1, after the id $3.
SELECT id, account_id, endpoint_id, secret, sealed FROM webhook_secrets
WHERE (sealed IS NULL OR substring(sealed FOR length($1::bytea)) <> $1::bytea) AND id > $3 ORDER BY id LIMIT $2

-- name: reseal_webhook_secret
-- Put a secret that was sealed anew in its place, unless it has been changed meanwhile.
UPDATE webhook_secrets SET secret = NULL, sealed = $2
WHERE id = $1 AND secret IS NOT DISTINCT FROM $3 AND sealed IS NOT DISTINCT FROM $4 RETURNING id
