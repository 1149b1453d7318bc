-- What accounts and keys may do.

ALTER TABLE accounts
    -- A name from plans.toml; without one, the account's credits decide.
    ADD COLUMN plan text CHECK (plan <> '');

ALTER TABLE api_keys
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{read,create,delete,webhooks}'
        CHECK (scopes <@ '{read,create,delete,webhooks,admin}'),
    -- Names from the catalogue; null for all.
    ADD COLUMN models text[],
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN requests_per_minute integer CHECK (requests_per_minute > 0),
    -- Written now and then, not with each request.
    ADD COLUMN last_used_at timestamptz;

-- What the limits of tasks are decided by, in the row that accepting a task locks anyway: exact under any race.
ALTER TABLE balances
    ADD COLUMN tasks_live integer NOT NULL DEFAULT 0 CHECK (tasks_live >= 0),
    ADD COLUMN tasks_queued integer NOT NULL DEFAULT 0 CHECK (tasks_queued >= 0),
    -- Tasks accepted on one day, UTC.
    ADD COLUMN day date,
    ADD COLUMN tasks_today integer NOT NULL DEFAULT 0 CHECK (tasks_today >= 0);

UPDATE balances b SET tasks_live = t.live, tasks_queued = t.queued
FROM (SELECT account_id, count(*) AS live, count(*) FILTER (WHERE state = 'queued') AS queued
      FROM tasks WHERE state IN ('queued', 'processing') GROUP BY account_id) t
WHERE b.account_id = t.account_id;

-- accept_task counts up, as it decides; whatever moves a task on counts down here. A count that is wrong must never keep
-- a task from ending: `ledger verify` finds it.
CREATE FUNCTION count_state_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE balances SET
        tasks_live = greatest(0, tasks_live - (NEW.state IN ('succeeded', 'failed', 'canceled'))::integer),
        tasks_queued = greatest(0, tasks_queued - (OLD.state = 'queued')::integer)
    WHERE account_id = NEW.account_id;
    RETURN NULL;
END $$;
CREATE TRIGGER tasks_counted AFTER UPDATE OF state ON tasks
    FOR EACH ROW WHEN (OLD.state IS DISTINCT FROM NEW.state) EXECUTE FUNCTION count_state_change();

-- Count one task more, unless the account has as many as it may, and reserve its price as reserve_credits does. A refusal
-- for too many names the limit in `refused`, its bound, and in `spent` how many there are; nothing has changed then.
CREATE FUNCTION admit_task(
    p_account uuid, p_key uuid, p_amount bigint, p_now timestamptz,
    p_in_flight integer, p_queued integer, p_per_day integer,
    OUT refused text, OUT available bigint, OUT bound bigint, OUT spent bigint, OUT month date,
    OUT lot_ids bigint[], OUT lot_amounts bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    today CONSTANT date := (p_now AT TIME ZONE 'UTC')::date;
BEGIN
    UPDATE balances b
    SET tasks_live = b.tasks_live + 1, tasks_queued = b.tasks_queued + 1, day = greatest(b.day, today),
        tasks_today = 1 + CASE WHEN b.day >= today THEN b.tasks_today ELSE 0 END
    WHERE b.account_id = p_account
      AND (p_in_flight IS NULL OR b.tasks_live < p_in_flight) AND (p_queued IS NULL OR b.tasks_queued < p_queued)
      AND (p_per_day IS NULL OR b.tasks_today < p_per_day OR b.day < today OR b.day IS NULL);
    IF NOT FOUND THEN
        -- Between the two statements a place may have become free: the caller is told of the limit that it met.
        SELECT b.available, l.name, l.bound, l.count INTO available, refused, bound, spent
        FROM balances b, LATERAL (VALUES
            ('tasks_per_day', p_per_day, CASE WHEN b.day >= today THEN b.tasks_today ELSE 0 END),
            ('tasks_in_flight', p_in_flight, b.tasks_live),
            ('tasks_queued', p_queued, b.tasks_queued)) AS l (name, bound, count)
        WHERE b.account_id = p_account AND l.bound IS NOT NULL
        ORDER BY l.bound - l.count LIMIT 1;
        refused := coalesce(refused, 'credits');
        RETURN;
    END IF;
    SELECT r.refused, r.available, r.bound, r.spent, r.month, r.lot_ids, r.lot_amounts
    INTO refused, available, bound, spent, month, lot_ids, lot_amounts
    FROM reserve_credits(p_account, p_key, p_amount, p_now) r;
    IF refused IS NOT NULL THEN
        UPDATE balances b
        SET tasks_live = b.tasks_live - 1, tasks_queued = b.tasks_queued - 1, tasks_today = b.tasks_today - 1
        WHERE b.account_id = p_account;
    END IF;
END $$;
