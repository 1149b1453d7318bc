-- How many tasks of each end an account has that it has not deleted, beside those that live: pages of a history say how
-- many there are in all, and counting them would take the longer the more there are.

ALTER TABLE balances
    ADD COLUMN tasks_succeeded bigint NOT NULL DEFAULT 0,
    ADD COLUMN tasks_failed bigint NOT NULL DEFAULT 0,
    ADD COLUMN tasks_canceled bigint NOT NULL DEFAULT 0;

UPDATE balances b SET tasks_succeeded = t.succeeded, tasks_failed = t.failed, tasks_canceled = t.canceled
FROM (SELECT account_id, count(*) FILTER (WHERE state = 'succeeded') AS succeeded,
             count(*) FILTER (WHERE state = 'failed') AS failed, count(*) FILTER (WHERE state = 'canceled') AS canceled
      FROM tasks WHERE deleted_at IS NULL GROUP BY account_id) t
WHERE b.account_id = t.account_id;

-- A count that is wrong must never keep a task from ending: `ledger verify` finds it.
CREATE OR REPLACE FUNCTION count_state_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE balances SET
        tasks_live = greatest(0, tasks_live - (NEW.state IN ('succeeded', 'failed', 'canceled'))::integer),
        tasks_queued = greatest(0, tasks_queued - (OLD.state = 'queued')::integer),
        tasks_succeeded = tasks_succeeded + (NEW.state = 'succeeded')::integer,
        tasks_failed = tasks_failed + (NEW.state = 'failed')::integer,
        tasks_canceled = tasks_canceled + (NEW.state = 'canceled')::integer
    WHERE account_id = NEW.account_id;
    RETURN NULL;
END $$;

CREATE FUNCTION count_deletion() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE balances SET
        tasks_succeeded = tasks_succeeded - (OLD.state = 'succeeded')::integer,
        tasks_failed = tasks_failed - (OLD.state = 'failed')::integer,
        tasks_canceled = tasks_canceled - (OLD.state = 'canceled')::integer
    WHERE account_id = NEW.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_deletion_counted AFTER UPDATE OF deleted_at ON tasks
    FOR EACH ROW WHEN (OLD.deleted_at IS NULL AND NEW.deleted_at IS NOT NULL) EXECUTE FUNCTION count_deletion();
