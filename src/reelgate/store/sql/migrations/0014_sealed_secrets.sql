-- Secrets that sign, sealed like the credentials of engines. What is here in the clear is sealed by the server that starts
-- with a ring of keys; where the operator has named none for a shared database, it stays as it is.

ALTER TABLE webhook_secrets
    ALTER COLUMN secret DROP NOT NULL,
    ADD COLUMN sealed bytea,
    ADD CONSTRAINT webhook_secrets_kept CHECK ((secret IS NULL) <> (sealed IS NULL));

ALTER TABLE server_secrets
    ALTER COLUMN secret DROP NOT NULL,
    ADD COLUMN sealed bytea,
    ADD CONSTRAINT server_secrets_kept CHECK ((secret IS NULL) <> (sealed IS NULL));
