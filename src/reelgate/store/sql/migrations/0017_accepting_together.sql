-- Many tasks accepted in one statement: what accept_task does for one, for those where nothing speaks against it.

-- Accept tasks of which nothing needs to be decided one by one; return each with what its account has left after it, and
-- each whose idempotency key has a task already as refused. Tasks that are not returned were not touched: of accounts that
-- may not have all that they ask for here, of keys with a cap, of accounts whose first lot does not pay for all, and of
-- twins with one idempotency key all but the first. The arrays are accept_task's parameters, in its order.
CREATE FUNCTION accept_tasks(
    p_ids uuid[], p_accounts uuid[], p_dialects text[], p_models text[], p_specs jsonb[], p_engines text[],
    p_nows timestamptz[], p_prices bigint[], p_deadlines timestamptz[], p_remixes uuid[], p_wire_requests json[],
    p_once_keys text[], p_fingerprints bytea[], p_keys uuid[], p_remotes boolean[],
    p_in_flight integer[], p_queued integer[], p_per_day integer[]
) RETURNS TABLE (id uuid, refused text, available bigint) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
    -- In one order everywhere. The next statement sees what was committed until it had all of them.
    PERFORM FROM balances b WHERE b.account_id = ANY (p_accounts) ORDER BY b.account_id FOR UPDATE;
    RETURN QUERY
    WITH asked AS MATERIALIZED (
        SELECT a.*, (a.now AT TIME ZONE 'UTC')::date AS today, month_of(a.now) AS month
        FROM unnest(p_ids, p_accounts, p_dialects, p_models, p_specs, p_engines, p_nows, p_prices, p_deadlines,
                    p_remixes, p_wire_requests, p_once_keys, p_fingerprints, p_keys, p_remotes, p_in_flight, p_queued,
                    p_per_day)
             WITH ORDINALITY AS a (id, account_id, dialect, model, spec, engine, now, price, deadline, remix_of,
                                   wire_request, once_key, fingerprint, key_id, remote, in_flight, queued, per_day,
                                   place)
    ), made AS MATERIALIZED (
        SELECT a.id FROM asked a
        JOIN idempotency_keys k ON (k.account_id, k.dialect, k.key) = (a.account_id, a.dialect, a.once_key)
    ), first AS MATERIALIZED (
        SELECT a.*, row_number() OVER (PARTITION BY a.account_id, a.dialect, a.once_key ORDER BY a.place) AS twin
        FROM asked a
        WHERE NOT EXISTS (SELECT FROM made WHERE made.id = a.id)
          AND NOT EXISTS (SELECT FROM key_caps c WHERE c.key_id = a.key_id)
    ), fresh AS MATERIALIZED (
        SELECT * FROM first WHERE once_key IS NULL OR twin = 1
    ), summed AS MATERIALIZED (
        SELECT f.account_id, count(*)::integer AS count, sum(f.price)::bigint AS price, min(f.in_flight) AS in_flight,
               min(f.queued) AS queued, min(f.per_day) AS per_day, max(f.now) AS now, max(f.today) AS today,
               max(f.month) AS month
        FROM fresh f GROUP BY f.account_id
        -- Around midnight each counts in a day of its own.
        HAVING min(f.today) = max(f.today)
    ), funded AS MATERIALIZED (
        SELECT s.*, (
            SELECT l.id FROM lots l
            WHERE l.account_id = s.account_id AND l.unspent AND (l.expires_at IS NULL OR l.expires_at > s.now)
            ORDER BY l.priority, l.expires_at, l.id LIMIT 1) AS lot_id
        FROM summed s
    ), paid AS MATERIALIZED (
        UPDATE balances b
        SET available = b.available - f.price, reserved = b.reserved + f.price,
            month = CASE WHEN f.price > 0 THEN greatest(b.month, f.month) ELSE b.month END,
            month_spent = CASE WHEN f.price = 0 OR b.month >= f.month THEN b.month_spent ELSE 0 END + f.price,
            tasks_live = b.tasks_live + f.count, tasks_queued = b.tasks_queued + f.count,
            day = greatest(b.day, f.today),
            tasks_today = CASE WHEN b.day >= f.today THEN b.tasks_today ELSE 0 END + f.count
        FROM funded f
        WHERE b.account_id = f.account_id AND b.available >= f.price
          AND (f.price = 0 OR f.price <= (SELECT l.remaining FROM lots l WHERE l.id = f.lot_id))
          AND (b.month_budget IS NULL OR f.price = 0
               OR b.month_budget >= f.price + CASE WHEN b.month >= f.month THEN b.month_spent ELSE 0 END)
          AND (f.in_flight IS NULL OR b.tasks_live + f.count <= f.in_flight)
          AND (f.queued IS NULL OR b.tasks_queued + f.count <= f.queued)
          AND (f.per_day IS NULL
               OR f.count + CASE WHEN b.day >= f.today THEN b.tasks_today ELSE 0 END <= f.per_day)
        RETURNING b.account_id, b.available, b.month, f.lot_id, f.price
    ), burned AS (
        UPDATE lots l SET remaining = l.remaining - p.price, reserved = l.reserved + p.price
        FROM paid p WHERE l.id = p.lot_id AND p.price > 0
    ), accepted AS MATERIALIZED (
        SELECT f.id, f.account_id, f.dialect, f.model, f.spec, f.engine, f.now, f.price, f.deadline, f.remix_of,
               f.wire_request, f.once_key, f.fingerprint, f.key_id, f.remote, f.place, p.lot_id,
               CASE WHEN f.price > 0 THEN p.month END AS month,
               -- What the account has left after all of them, and what those that come after this one cost.
               (p.available + sum(f.price) OVER (PARTITION BY f.account_id ORDER BY f.place DESC) - f.price)::bigint
                   AS available
        FROM fresh f JOIN paid p ON p.account_id = f.account_id
    ), task AS (
        INSERT INTO tasks (id, account_id, dialect, model, spec, engine, created_at, price_microcredits, remix_of,
                           wire_request, remote)
        SELECT id, account_id, dialect, model, spec, engine, now, price, remix_of, wire_request, remote FROM accepted
    ), reservation AS (
        INSERT INTO reservations (task_id, account_id, amount, deadline_at, key_id, month)
        SELECT id, account_id, price, deadline, key_id, month FROM accepted
    ), consumed AS (
        INSERT INTO consumptions (task_id, lot_id, amount, position)
        SELECT id, lot_id, price, 1 FROM accepted WHERE price > 0
    ), transfer AS (
        INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, created_at)
        SELECT account_id, 'reserve', 'available', 'reserved', price, id, now FROM accepted WHERE price > 0
        ORDER BY place
    ), job AS (
        INSERT INTO pgqueuer (priority, entrypoint, payload, dedupe_key, status)
        SELECT 0, CASE WHEN remote THEN 'advance_remote' ELSE 'advance' END, uuid_send(id), 'advance:' || id::text,
               'queued'
        FROM accepted ORDER BY place
    ), claimed AS (
        DELETE FROM unclaimed_files u USING accepted a, jsonb_array_elements(a.spec -> 'inputs') AS item
        WHERE u.object_key = item ->> 'object_key'
    ), once AS (
        INSERT INTO idempotency_keys (account_id, dialect, key, fingerprint, task_id, available_microcredits,
                                      created_at)
        SELECT account_id, dialect, once_key, fingerprint, id, available, now FROM accepted WHERE once_key IS NOT NULL
    )
    SELECT accepted.id, NULL, accepted.available FROM accepted
    UNION ALL
    SELECT made.id, 'once', NULL FROM made;
END $$;
