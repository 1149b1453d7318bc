-- How credits come to accounts beside grants: vouchers and payments; and every transfer as a line of an account's usage.

CREATE TABLE vouchers (
    id uuid PRIMARY KEY,
    -- SHA-256 of the code, which is shown once and never stored, and its first characters for people.
    sha256 bytea NOT NULL UNIQUE CHECK (length(sha256) = 32),
    prefix text NOT NULL,
    test boolean NOT NULL,
    kind text NOT NULL CHECK (kind IN ('paid', 'promotional')),
    priority smallint NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    -- Accounts that may redeem it, once each.
    uses_max integer NOT NULL CHECK (uses_max > 0),
    uses integer NOT NULL DEFAULT 0 CHECK (uses BETWEEN 0 AND uses_max),
    -- Until when it can be redeemed, and for how many days its credits then count.
    expires_at timestamptz,
    lot_days integer CHECK (lot_days > 0),
    actor text NOT NULL,
    reason text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE redemptions (
    voucher_id uuid NOT NULL REFERENCES vouchers,
    account_id uuid NOT NULL REFERENCES accounts,
    lot_id bigint NOT NULL UNIQUE REFERENCES lots,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (voucher_id, account_id)
);

-- A payment is noted before anybody is asked to pay, and becomes at most one lot (L9).
CREATE TABLE payments (
    id uuid PRIMARY KEY,
    account_id uuid NOT NULL,
    test boolean NOT NULL,
    package text NOT NULL,
    -- Microcredits that are bought, and the price in the currency's smallest unit.
    amount bigint NOT NULL CHECK (amount > 0),
    price bigint NOT NULL CHECK (price > 0),
    currency text NOT NULL CHECK (currency ~ '^[a-z]{3}$'),
    -- The session of the payment service.
    session_id text UNIQUE,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'paid', 'refused', 'expired')),
    -- Why it was refused.
    note text,
    lot_id bigint UNIQUE REFERENCES lots,
    created_at timestamptz NOT NULL,
    settled_at timestamptz,
    FOREIGN KEY (account_id, test) REFERENCES accounts (id, test),
    CHECK ((state = 'paid') = (lot_id IS NOT NULL)),
    CHECK ((state = 'open') = (settled_at IS NULL))
);
CREATE INDEX payments_open ON payments (created_at) WHERE state = 'open';
CREATE INDEX payments_account ON payments (account_id, created_at);

-- Make a lot of a payment that the payment service says was made; 'paid' once, 'again' from then on, 'refused' when it
-- is not what was asked for, 'unknown' when nobody asked.
CREATE FUNCTION settle_payment(
    p_id uuid, p_session text, p_price bigint, p_currency text, p_test boolean, p_priority smallint, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    payment payments;
    wrong text;
    lot bigint;
BEGIN
    SELECT * INTO payment FROM payments WHERE id = p_id FOR UPDATE;
    IF NOT FOUND THEN
        RETURN 'unknown';
    ELSIF payment.state = 'paid' THEN
        RETURN 'again';
    ELSIF payment.state = 'refused' THEN
        RETURN 'refused';
    END IF;
    wrong := CASE
        WHEN payment.session_id <> p_session THEN format('paid by another session: %s', p_session)
        WHEN payment.test <> p_test THEN 'test and live do not mix'
        WHEN (payment.price, payment.currency) IS DISTINCT FROM (p_price, p_currency)
            THEN format('paid %s %s', p_price, p_currency)
    END;
    IF wrong IS NOT NULL THEN
        UPDATE payments SET state = 'refused', note = wrong, settled_at = p_now WHERE id = p_id;
        RETURN 'refused';
    END IF;
    INSERT INTO lots (account_id, test, kind, source, priority, granted, remaining, created_at)
    VALUES (payment.account_id, payment.test, 'paid', 'payment', p_priority, payment.amount, payment.amount, p_now)
    RETURNING id INTO lot;
    UPDATE balances SET available = available + payment.amount WHERE account_id = payment.account_id;
    INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, actor, reason, created_at)
    VALUES (payment.account_id, 'grant', 'issued_paid', 'available', payment.amount, lot, 'payment', p_id::text, p_now);
    UPDATE payments SET state = 'paid', session_id = p_session, lot_id = lot, settled_at = p_now WHERE id = p_id;
    RETURN 'paid';
END $$;

-- Each transfer with what it does to its account's purses; what an export of usage consists of (L13).
CREATE VIEW usage_lines AS
SELECT t.id, t.account_id, t.created_at, t.kind, t.amount, t.task_id, k.dialect, k.model, t.lot_id, t.actor, t.reason,
       CASE WHEN t.credit = 'available' THEN t.amount WHEN t.debit = 'available' THEN -t.amount ELSE 0 END AS available,
       CASE WHEN t.credit = 'reserved' THEN t.amount WHEN t.debit = 'reserved' THEN -t.amount ELSE 0 END AS reserved,
       CASE WHEN t.credit = 'revenue' THEN t.amount WHEN t.debit = 'revenue' THEN -t.amount ELSE 0 END AS charged
FROM transfers t LEFT JOIN tasks k ON k.id = t.task_id;
