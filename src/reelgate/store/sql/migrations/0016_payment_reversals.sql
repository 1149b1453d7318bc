-- Payments that are taken back: refunds and disputes at the payment service. News of them come in any order and any number
-- of times, before the news of the payment itself too; what is held back follows from all that was told.

ALTER TABLE payments
    -- What moved the money at the payment service; its refunds and disputes name it.
    ADD COLUMN intent_id text UNIQUE,
    -- Microcredits that were taken back, and how many of them are still to be had: they were spent or are reserved.
    ADD COLUMN reversed bigint NOT NULL DEFAULT 0,
    ADD COLUMN owed bigint NOT NULL DEFAULT 0,
    ADD CONSTRAINT payments_reversed CHECK (reversed BETWEEN 0 AND amount AND owed BETWEEN 0 AND reversed),
    ADD CONSTRAINT payments_reversed_paid CHECK (reversed = 0 OR state = 'paid');
CREATE INDEX payments_owed ON payments (account_id) WHERE owed > 0;

CREATE TABLE payment_reversals (
    -- The payment service's: of a charge, for all its refunds together, or of a dispute.
    id text PRIMARY KEY,
    intent_id text,
    -- As the charge says; a dispute names its intent alone. Whether there is such a payment is not known yet.
    payment_id uuid,
    kind text NOT NULL CHECK (kind IN ('refund', 'dispute')),
    -- What is held back, in the currency's smallest unit.
    price bigint NOT NULL CHECK (price >= 0),
    currency text NOT NULL,
    test boolean NOT NULL,
    -- News of an earlier stage that come later count no more.
    stage smallint NOT NULL,
    -- In the payment service's words.
    status text NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL
);
CREATE INDEX payment_reversals_intent ON payment_reversals (intent_id);
CREATE INDEX payment_reversals_payment ON payment_reversals (payment_id);

-- When the payment service was last asked for what it may have told in vain.
CREATE TABLE payment_watch (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    asked_at timestamptz NOT NULL
);

-- Which payment an adjustment belongs to.
ALTER TABLE transfers
    ADD COLUMN payment_id uuid REFERENCES payments,
    ADD CONSTRAINT transfers_payment CHECK (payment_id IS NULL OR kind = 'adjust');
CREATE INDEX transfers_payment_id ON transfers (payment_id) WHERE payment_id IS NOT NULL;

-- Take back what is held back of a payment, out of its lot as far as it is unspent, or return what is held back no more:
-- first from what is owed. 'waiting' when the payment has made no lot, 'reversed' or 'returned' when credits moved or are
-- owed, 'again' when nothing is new.
CREATE FUNCTION reverse_payment(p_id uuid, p_now timestamptz) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    payment payments;
    held bigint;
    wanted bigint;
    still_owed bigint;
    unspent_left bigint;
    part bigint;
BEGIN
    SELECT * INTO payment FROM payments WHERE id = p_id FOR UPDATE;
    IF NOT FOUND OR payment.state <> 'paid' THEN
        RETURN 'waiting';
    END IF;
    SELECT least(payment.price, coalesce(sum(r.price), 0)) INTO held FROM payment_reversals r
    WHERE (r.payment_id = p_id OR r.intent_id = payment.intent_id)
      AND (r.test, r.currency) = (payment.test, payment.currency);
    wanted := trunc(payment.amount::numeric * held / payment.price);
    still_owed := payment.owed + wanted - payment.reversed;
    PERFORM FROM balances b WHERE b.account_id = payment.account_id FOR UPDATE;
    SELECT l.remaining INTO unspent_left FROM lots l WHERE l.id = payment.lot_id;
    -- Positive: out of the lot; negative: back into it.
    part := CASE WHEN still_owed > 0 THEN least(still_owed, unspent_left) ELSE still_owed END;
    IF part = 0 AND wanted = payment.reversed THEN
        RETURN 'again';
    END IF;
    IF part <> 0 THEN
        UPDATE lots l SET remaining = l.remaining - part WHERE l.id = payment.lot_id;
        UPDATE balances b SET available = b.available - part WHERE b.account_id = payment.account_id;
        INSERT INTO transfers (account_id, kind, debit, credit, amount, lot_id, payment_id, actor, reason, created_at)
        SELECT payment.account_id, 'adjust', CASE WHEN part > 0 THEN 'available' ELSE 'adjustment' END,
               CASE WHEN part > 0 THEN 'adjustment' ELSE 'available' END, abs(part), payment.lot_id, p_id, 'payment',
               format('%s %s of %s %s are held back', p_id, held, payment.price, payment.currency), p_now;
    END IF;
    UPDATE payments SET reversed = wanted, owed = still_owed - part WHERE id = p_id;
    RETURN CASE WHEN wanted < payment.reversed THEN 'returned' ELSE 'reversed' END;
END $$;

-- Note what was told of a refund or dispute, and act on it where its payment is known.
CREATE FUNCTION note_reversal(
    p_id text, p_intent text, p_payment uuid, p_kind text, p_price bigint, p_currency text, p_test boolean,
    p_stage smallint, p_status text, p_now timestamptz
) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
    -- The news of the payment itself may come at the same moment: whoever is second sees what the first has written.
    PERFORM pg_advisory_xact_lock(hashtextextended('reelgate payment ' || coalesce(p_intent, p_payment::text), 0));
    INSERT INTO payment_reversals AS r (id, intent_id, payment_id, kind, price, currency, test, stage, status,
                                        created_at, updated_at)
    VALUES (p_id, p_intent, p_payment, p_kind, p_price, p_currency, p_test, p_stage, p_status, p_now, p_now)
    ON CONFLICT (id) DO UPDATE
    SET price = CASE WHEN excluded.stage > r.stage THEN excluded.price ELSE greatest(r.price, excluded.price) END,
        stage = excluded.stage, status = excluded.status, updated_at = p_now
    WHERE excluded.stage >= r.stage;
    RETURN reverse_payment(
        (SELECT p.id FROM payments p WHERE p.id = p_payment OR p.intent_id = p_intent LIMIT 1), p_now);
END $$;

-- settle_payment, with what moved the money: refunds and disputes that were told before are acted on now.
CREATE FUNCTION settle_payment(
    p_id uuid, p_session text, p_price bigint, p_currency text, p_test boolean, p_priority smallint, p_now timestamptz,
    p_intent text
) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    outcome text;
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('reelgate payment ' || coalesce(p_intent, p_id::text), 0));
    outcome := settle_payment(p_id, p_session, p_price, p_currency, p_test, p_priority, p_now);
    IF outcome IN ('paid', 'again') THEN
        UPDATE payments SET intent_id = p_intent WHERE id = p_id AND intent_id IS NULL;
        PERFORM reverse_payment(p_id, p_now);
    END IF;
    RETURN outcome;
END $$;
