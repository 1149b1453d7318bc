-- That an endpoint was disabled is told to the account's others that want to hear of it.

ALTER TABLE webhook_endpoints
    DROP CONSTRAINT webhook_endpoints_events_check,
    ADD CONSTRAINT webhook_endpoints_events_check CHECK (
        events <> '{}' AND events <@ ARRAY['succeeded', 'failed', 'canceled', 'endpoint.disabled']);

ALTER TABLE webhook_deliveries
    -- The endpoint that was disabled.
    ADD COLUMN about_id uuid REFERENCES webhook_endpoints ON DELETE CASCADE,
    DROP CONSTRAINT webhook_deliveries_event_check,
    ADD CONSTRAINT webhook_deliveries_event_check CHECK (
        event IN ('succeeded', 'failed', 'canceled', 'ping', 'endpoint.disabled')),
    DROP CONSTRAINT webhook_deliveries_check,
    ADD CONSTRAINT webhook_deliveries_task CHECK ((task_id IS NULL) = (event IN ('ping', 'endpoint.disabled'))),
    ADD CONSTRAINT webhook_deliveries_about CHECK ((about_id IS NULL) = (event <> 'endpoint.disabled'));
CREATE INDEX webhook_deliveries_about_id ON webhook_deliveries (about_id) WHERE about_id IS NOT NULL;

-- What there is was made to hear of all ends by default; Google's wire has no word for this one.
UPDATE webhook_endpoints SET events = events || '{endpoint.disabled}'
WHERE wire <> 'gemini' AND events @> ARRAY['succeeded', 'failed', 'canceled'];
