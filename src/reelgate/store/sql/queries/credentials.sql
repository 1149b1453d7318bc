-- name: save_credential
-- Keep a sealed credential in place of the one of that name.
INSERT INTO sealed_credentials (engine, name, sealed, masked, updated_at) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (engine, name) DO UPDATE SET sealed = $3, masked = $4, updated_at = $5

-- name: list_credentials
-- All credentials, sealed.
SELECT engine, name, sealed, masked, updated_at FROM sealed_credentials ORDER BY engine, name

-- name: reseal_credential
-- Put a credential that was sealed anew in its place, unless it has been changed meanwhile.
UPDATE sealed_credentials SET sealed = $4 WHERE engine = $1 AND name = $2 AND sealed = $3 RETURNING engine

-- name: delete_credential
-- Forget a credential.
DELETE FROM sealed_credentials WHERE engine = $1 AND name = $2 RETURNING engine
