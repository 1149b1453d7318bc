-- Credits in lots: where they came from, until when they count, and which task spent which; caps of keys and budgets.
-- Lots of an account change only under the lock of its balance, which is taken first; then the key's cap, then lots.

-- Credits of test accounts never meet live ones (L14): whatever belongs to an account carries its kind along.
ALTER TABLE accounts ADD COLUMN test boolean NOT NULL DEFAULT false, ADD UNIQUE (id, test);

ALTER TABLE balances
    -- What may be spent in a calendar month (UTC); NULL is without bound.
    ADD COLUMN month_budget bigint CHECK (month_budget >= 0),
    -- The month that month_spent counts: what its tasks hold reserved or have posted.
    ADD COLUMN month date,
    ADD COLUMN month_spent bigint NOT NULL DEFAULT 0 CHECK (month_spent >= 0);

-- What single keys may spend. Only keys with a cap have a row.
CREATE TABLE key_caps (
    key_id uuid PRIMARY KEY REFERENCES api_keys,
    total_cap bigint CHECK (total_cap >= 0),
    total_spent bigint NOT NULL CHECK (total_spent >= 0),
    month_cap bigint CHECK (month_cap >= 0),
    month date NOT NULL,
    month_spent bigint NOT NULL CHECK (month_spent >= 0)
) WITH (fillfactor = 50);

CREATE TABLE lots (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    account_id uuid NOT NULL,
    test boolean NOT NULL,
    kind text NOT NULL CHECK (kind IN ('paid', 'promotional')),
    source text NOT NULL CHECK (source IN ('opening', 'grant', 'signup', 'voucher', 'payment', 'adjustment')),
    -- Lots are burned by priority, then by expiry, then by age.
    priority smallint NOT NULL,
    granted bigint NOT NULL CHECK (granted > 0),
    remaining bigint NOT NULL CHECK (remaining >= 0),
    reserved bigint NOT NULL DEFAULT 0 CHECK (reserved >= 0),
    expires_at timestamptz,
    created_at timestamptz NOT NULL,
    unspent boolean GENERATED ALWAYS AS (remaining > 0) STORED,
    CHECK (remaining + reserved <= granted),
    FOREIGN KEY (account_id, test) REFERENCES accounts (id, test)
) WITH (fillfactor = 50);
CREATE INDEX lots_account ON lots (account_id, id);
-- Its columns change only when a lot becomes empty, so that a spend touches no index.
CREATE INDEX lots_unspent ON lots (account_id, priority, expires_at, id) WHERE unspent;
CREATE INDEX lots_expiring ON lots (expires_at) WHERE unspent AND expires_at IS NOT NULL;
CREATE UNIQUE INDEX lots_signup ON lots (account_id) WHERE source = 'signup';

-- The key that asked for the task, for its cap.
ALTER TABLE reservations
    ADD COLUMN key_id uuid,
    -- The month that it counts in for budgets and caps.
    ADD COLUMN month date,
    -- What was given back after it was posted.
    ADD COLUMN refunded bigint NOT NULL DEFAULT 0,
    ADD CHECK (refunded BETWEEN 0 AND posted);
CREATE INDEX reservations_key ON reservations (key_id) WHERE key_id IS NOT NULL;

-- Which lots pay for a task. What returns, returns to them, the last one burned first.
CREATE TABLE consumptions (
    task_id uuid NOT NULL REFERENCES reservations,
    lot_id bigint NOT NULL REFERENCES lots,
    -- In the order of burning, from 1.
    position smallint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    posted bigint NOT NULL DEFAULT 0 CHECK (posted >= 0),
    voided bigint NOT NULL DEFAULT 0 CHECK (voided >= 0),
    refunded bigint NOT NULL DEFAULT 0 CHECK (refunded BETWEEN 0 AND posted),
    PRIMARY KEY (task_id, lot_id),
    CHECK (posted + voided IN (0, amount))
) WITH (fillfactor = 80);

-- Grants, expiries and adjustments name their lot; tasks have their consumptions.
ALTER TABLE transfers
    ADD COLUMN lot_id bigint REFERENCES lots,
    DROP CONSTRAINT transfers_check,
    DROP CONSTRAINT transfers_check1,
    DROP CONSTRAINT transfers_check2,
    ADD CONSTRAINT transfers_purses CHECK ((kind, debit, credit) IN (
        ('grant', 'issued_paid', 'available'),
        ('grant', 'issued_promotional', 'available'),
        ('reserve', 'available', 'reserved'),
        ('post', 'reserved', 'revenue'),
        ('void', 'reserved', 'available'),
        ('refund', 'revenue', 'available'),
        ('expire', 'available', 'expired'),
        ('adjust', 'adjustment', 'available'),
        ('adjust', 'available', 'adjustment')
    )),
    ADD CONSTRAINT transfers_task CHECK ((task_id IS NOT NULL) = (kind IN ('reserve', 'post', 'void', 'refund'))),
    ADD CONSTRAINT transfers_actor CHECK (
        kind IN ('reserve', 'post', 'void') OR (actor IS NOT NULL AND reason IS NOT NULL));
DROP INDEX transfers_task_kind;
CREATE UNIQUE INDEX transfers_task_kind ON transfers (task_id, kind) WHERE kind IN ('reserve', 'post', 'void');
CREATE INDEX transfers_refunds ON transfers (task_id) WHERE kind = 'refund';

-- What accounts had before there were lots is one paid lot each, which has paid for everything so far.
INSERT INTO lots (account_id, test, kind, source, priority, granted, remaining, reserved, created_at)
SELECT a.id, a.test, 'paid', 'opening', 20, b.available + b.reserved + s.posted, b.available, b.reserved, a.created_at
FROM accounts a JOIN balances b ON b.account_id = a.id,
     LATERAL (SELECT coalesce(sum(posted), 0) AS posted FROM reservations r WHERE r.account_id = a.id) s
WHERE b.available + b.reserved + s.posted > 0;
INSERT INTO consumptions (task_id, lot_id, position, amount, posted, voided)
SELECT r.task_id, l.id, 1, r.amount, r.posted, r.voided
FROM reservations r JOIN lots l ON l.account_id = r.account_id
WHERE r.amount > 0;

CREATE FUNCTION month_of(moment timestamptz) RETURNS date LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN date_trunc('month', moment AT TIME ZONE 'UTC')::date;

UPDATE reservations r SET month = month_of(t.created_at) FROM tasks t WHERE t.id = r.task_id;
UPDATE balances b SET month = s.month, month_spent = s.spent
FROM (SELECT account_id, month, sum(amount - voided) AS spent,
             rank() OVER (PARTITION BY account_id ORDER BY month DESC) AS age
      FROM reservations GROUP BY account_id, month) s
WHERE s.account_id = b.account_id AND s.age = 1;

-- Reserve an amount for a task: from the balance, under the budget of the account and the caps of the key, out of lots.
-- Where it is refused, `refused` says why ('credits', 'account_month', 'key_total' or 'key_month') with the bound and
-- what is spent of it, and nothing has changed.
CREATE FUNCTION reserve_credits(
    p_account uuid, p_key uuid, p_amount bigint, p_now timestamptz,
    OUT refused text, OUT available bigint, OUT bound bigint, OUT spent bigint, OUT month date,
    OUT lot_ids bigint[], OUT lot_amounts bigint[]
) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE
    lot record;
    missing bigint := p_amount;
    part bigint;
BEGIN
    IF p_amount = 0 THEN
        SELECT b.available INTO available FROM balances b WHERE b.account_id = p_account;
        RETURN;
    END IF;
    -- The month never goes back, whatever the clocks of several servers say.
    UPDATE balances b
    SET available = b.available - p_amount, reserved = b.reserved + p_amount,
        month = greatest(b.month, month_of(p_now)),
        month_spent = p_amount + CASE WHEN b.month >= month_of(p_now) THEN b.month_spent ELSE 0 END
    WHERE b.account_id = p_account AND b.available >= p_amount
      AND (b.month_budget IS NULL
           OR b.month_budget >= p_amount + CASE WHEN b.month >= month_of(p_now) THEN b.month_spent ELSE 0 END)
    RETURNING b.available, b.month INTO available, month;
    IF NOT FOUND THEN
        SELECT b.available, b.month_budget, CASE WHEN b.month >= month_of(p_now) THEN b.month_spent ELSE 0 END
        INTO available, bound, spent FROM balances b WHERE b.account_id = p_account;
        IF bound < p_amount + spent THEN
            refused := 'account_month';
        ELSE
            refused := 'credits';
            bound := NULL;
            spent := NULL;
        END IF;
        RETURN;
    END IF;
    <<spending>>
    BEGIN
        UPDATE key_caps k
        SET total_spent = k.total_spent + p_amount, month = reserve_credits.month,
            month_spent = p_amount + CASE WHEN k.month = reserve_credits.month THEN k.month_spent ELSE 0 END
        WHERE k.key_id = p_key
        RETURNING CASE WHEN k.total_spent > k.total_cap THEN 'key_total'
                       WHEN k.month_spent > k.month_cap THEN 'key_month' END,
                  CASE WHEN k.total_spent > k.total_cap THEN k.total_cap ELSE k.month_cap END,
                  CASE WHEN k.total_spent > k.total_cap THEN k.total_spent ELSE k.month_spent END - p_amount
        INTO refused, bound, spent;
        EXIT spending WHEN refused IS NOT NULL;
        -- Nearly always the first lot pays for all of it.
        UPDATE lots l SET remaining = l.remaining - p_amount, reserved = l.reserved + p_amount
        WHERE l.remaining >= p_amount AND l.id = (
            SELECT f.id FROM lots f
            WHERE f.account_id = p_account AND f.unspent AND (f.expires_at IS NULL OR f.expires_at > p_now)
            ORDER BY f.priority, f.expires_at, f.id LIMIT 1)
        RETURNING ARRAY[l.id], ARRAY[p_amount] INTO lot_ids, lot_amounts;
        IF FOUND THEN
            RETURN;
        END IF;
        -- Lots that have expired are still in the balance until the sweep has taken them out.
        SELECT coalesce(sum(l.remaining), 0) INTO part FROM lots l
        WHERE l.account_id = p_account AND l.unspent AND (l.expires_at IS NULL OR l.expires_at > p_now);
        IF part < p_amount THEN
            refused := 'credits';
            available := part;
            bound := NULL;
            spent := NULL;
            EXIT spending;
        END IF;
        FOR lot IN
            SELECT l.id, l.remaining FROM lots l
            WHERE l.account_id = p_account AND l.unspent AND (l.expires_at IS NULL OR l.expires_at > p_now)
            ORDER BY l.priority, l.expires_at, l.id
        LOOP
            part := least(missing, lot.remaining);
            UPDATE lots l SET remaining = l.remaining - part, reserved = l.reserved + part WHERE l.id = lot.id;
            lot_ids := lot_ids || lot.id;
            lot_amounts := lot_amounts || part;
            missing := missing - part;
            EXIT WHEN missing = 0;
        END LOOP;
        RETURN;
    END spending;
    -- Refused after all: take it back.
    UPDATE balances b
    SET available = b.available + p_amount, reserved = b.reserved - p_amount, month_spent = b.month_spent - p_amount
    WHERE b.account_id = p_account
    RETURNING CASE WHEN refused = 'credits' THEN reserve_credits.available ELSE b.available END INTO available;
    UPDATE key_caps k SET total_spent = k.total_spent - p_amount, month_spent = k.month_spent - p_amount
    WHERE k.key_id = p_key;
END $$;

-- Take an amount out of what is unreserved of an account's lots, in the order of burning, as an adjustment; return
-- whether there was so much.
CREATE FUNCTION withdraw_credits(p_account uuid, p_amount bigint, p_actor text, p_reason text, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    lot record;
    missing bigint := p_amount;
    part bigint;
BEGIN
    PERFORM FROM balances b WHERE b.account_id = p_account FOR UPDATE;
    SELECT coalesce(sum(l.remaining), 0) INTO part FROM lots l
    WHERE l.account_id = p_account AND l.unspent AND (l.expires_at IS NULL OR l.expires_at > p_now);
    IF part < p_amount THEN
        RETURN false;
    END IF;
    FOR lot IN
        SELECT l.id, l.remaining FROM lots l
        WHERE l.account_id = p_account AND l.unspent AND (l.expires_at IS NULL OR l.expires_at > p_now)
        ORDER BY l.priority, l.expires_at, l.id
    LOOP
        part := least(missing, lot.remaining);
        UPDATE lots l SET remaining = l.remaining - part WHERE l.id = lot.id;
        INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, actor, reason, created_at)
        VALUES (p_account, 'adjust', 'available', 'adjustment', part, lot.id, p_actor, p_reason, p_now);
        missing := missing - part;
        EXIT WHEN missing = 0;
    END LOOP;
    UPDATE balances b SET available = b.available - p_amount WHERE b.account_id = p_account;
    RETURN true;
END $$;

-- Take what is not reserved out of lots that have expired (L11); returns of how many.
CREATE FUNCTION expire_lots(p_now timestamptz) RETURNS integer LANGUAGE plpgsql AS $$
DECLARE
    found_lot record;
    part bigint;
    expired integer := 0;
BEGIN
    -- In one order, so that two sweeps do not wait for each other.
    FOR found_lot IN
        SELECT l.id, l.account_id FROM lots l WHERE l.unspent AND l.expires_at <= p_now
        ORDER BY l.account_id, l.id LIMIT 1000
    LOOP
        PERFORM FROM balances b WHERE b.account_id = found_lot.account_id FOR UPDATE;
        SELECT l.remaining INTO part FROM lots l WHERE l.id = found_lot.id;
        CONTINUE WHEN part = 0;
        UPDATE lots l SET remaining = 0 WHERE l.id = found_lot.id;
        UPDATE balances b SET available = b.available - part WHERE b.account_id = found_lot.account_id;
        INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, actor, reason, created_at)
        VALUES (found_lot.account_id, 'expire', 'available', 'expired', part, found_lot.id, 'sweep',
                'the lot has expired', p_now);
        expired := expired + 1;
    END LOOP;
    RETURN expired;
END $$;

-- Give an amount of what a task has posted back to the lots that paid it; return whether so much was posted.
CREATE FUNCTION refund_task(p_task uuid, p_amount bigint, p_actor text, p_reason text, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    owner uuid;
    spender uuid;
    counted_in date;
    part bigint;
    missing bigint := p_amount;
    share record;
BEGIN
    SELECT r.account_id, r.key_id, r.month INTO owner, spender, counted_in
    FROM reservations r WHERE r.task_id = p_task;
    PERFORM FROM balances b WHERE b.account_id = owner FOR UPDATE;
    UPDATE reservations r SET refunded = r.refunded + p_amount
    WHERE r.task_id = p_task AND r.posted - r.refunded >= p_amount;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    UPDATE balances b
    SET available = b.available + p_amount,
        month_spent = b.month_spent - CASE WHEN b.month = counted_in THEN p_amount ELSE 0 END
    WHERE b.account_id = owner;
    UPDATE key_caps k
    SET total_spent = k.total_spent - p_amount,
        month_spent = k.month_spent - CASE WHEN k.month = counted_in THEN p_amount ELSE 0 END
    WHERE k.key_id = spender;
    FOR share IN
        SELECT c.lot_id, c.posted - c.refunded AS kept FROM consumptions c
        WHERE c.task_id = p_task AND c.posted > c.refunded ORDER BY c.position DESC
    LOOP
        part := least(missing, share.kept);
        UPDATE consumptions c SET refunded = c.refunded + part WHERE c.task_id = p_task AND c.lot_id = share.lot_id;
        UPDATE lots l SET remaining = l.remaining + part WHERE l.id = share.lot_id;
        missing := missing - part;
        EXIT WHEN missing = 0;
    END LOOP;
    INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, actor, reason, created_at)
    VALUES (owner, 'refund', 'revenue', 'available', p_amount, p_task, p_actor, p_reason, p_now);
    RETURN true;
END $$;

-- Bound what a key may spend; two NULLs unbind it. What it has spent so far counts. Returns whether there is such a key.
CREATE FUNCTION cap_key(p_key uuid, p_total bigint, p_month bigint, p_now timestamptz)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    this_month date;
BEGIN
    SELECT greatest(b.month, month_of(p_now)) INTO this_month
    FROM balances b JOIN api_keys k ON k.account_id = b.account_id WHERE k.id = p_key FOR UPDATE OF b;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_total IS NULL AND p_month IS NULL THEN
        DELETE FROM key_caps WHERE key_id = p_key;
        RETURN true;
    END IF;
    INSERT INTO key_caps (key_id, total_cap, total_spent, month_cap, month, month_spent)
    SELECT p_key, p_total, coalesce(sum(r.amount - r.voided - r.refunded), 0), p_month, this_month,
           coalesce(sum(r.amount - r.voided - r.refunded) FILTER (WHERE r.month = this_month), 0)
    FROM reservations r WHERE r.key_id = p_key
    ON CONFLICT (key_id) DO UPDATE SET total_cap = p_total, month_cap = p_month;
    RETURN true;
END $$;
