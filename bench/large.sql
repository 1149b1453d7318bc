-- A history of $1 tasks over all accounts, as they would have come about: each reserved 180 credits, was made, posted 120
-- and gave 60 back, over the last 30 days. For an empty database whose accounts have one lot each; `reelgate ledger
-- verify` passes on it. Run by `large.py`, statement by statement, as somebody who may leave the triggers out.

CREATE UNLOGGED TABLE bench_made AS
SELECT n, account_id, lot_id, key_id, id, artifact_id, at, at + interval '2 seconds' AS done
FROM (
    SELECT n, now() - interval '30 days' + n * (interval '30 days' / {tasks}) AS at,
           ((n - 1) % (SELECT count(*) FROM accounts)) + 1 AS place, md5('task ' || n) AS noise,
           md5('artifact ' || n)::uuid AS artifact_id
    FROM generate_series(1, {tasks}) AS n
) asked
JOIN (SELECT row_number() OVER (ORDER BY a.id) AS place, a.id AS account_id, l.id AS lot_id, k.id AS key_id
      FROM accounts a JOIN lots l ON l.account_id = a.id JOIN api_keys k ON k.account_id = a.id) owner USING (place),
LATERAL (SELECT (lpad(to_hex((extract(epoch FROM at) * 1000)::bigint), 12, '0') || '7' || substr(noise, 1, 3) || 'a'
                 || substr(noise, 4, 15))::uuid AS id) named
ORDER BY n;

INSERT INTO tasks (id, account_id, dialect, model, spec, state, version, attempts, progress, engine,
                   price_microcredits, created_at, started_at, completed_at)
SELECT id, account_id, 'veo4api', 'veo-4',
       '{{"mode": "text_to_video", "prompt": "A cinematic dolly shot of a glass greenhouse during sunrise",
         "duration_s": 8, "resolution": "720p", "aspect_ratio": "16:9", "samples": 1, "audio": true, "seed": 7}}',
       'succeeded', 3, 1, 100, 'animatic', 180000000, at, at, done
FROM bench_made ORDER BY n;

INSERT INTO reservations (task_id, account_id, amount, posted, voided, deadline_at, resolved_at, key_id, month)
SELECT id, account_id, 180000000, 120000000, 60000000, at + interval '1 hour', done, key_id, month_of(at)
FROM bench_made ORDER BY n;

INSERT INTO consumptions (task_id, lot_id, position, amount, posted, voided)
SELECT id, lot_id, 1, 180000000, 120000000, 60000000 FROM bench_made ORDER BY n;

INSERT INTO transfers (account_id, kind, debit, credit, amount, task_id, created_at)
SELECT account_id, kind, debit, credit, amount, id, CASE WHEN kind = 'reserve' THEN at ELSE done END
FROM bench_made, (VALUES ('reserve', 'available', 'reserved', 180000000), ('post', 'reserved', 'revenue', 120000000),
                         ('void', 'reserved', 'available', 60000000)) AS moved (kind, debit, credit, amount)
ORDER BY n;

INSERT INTO artifacts (id, task_id, kind, sample, object_key, media_type, size_bytes, sha256, width_px, height_px,
                       duration_s, frames, has_audio, created_at)
SELECT artifact_id, id, 'video', 0, 'tasks/' || id || '/video-0.mp4', 'video/mp4', 1000000,
       sha256(uuid_send(artifact_id)), 1280, 720, 8, 192, true, done
FROM bench_made ORDER BY n;

INSERT INTO idempotency_keys (account_id, dialect, key, fingerprint, task_id, available_microcredits, created_at)
SELECT account_id, 'veo4api', artifact_id::text, sha256(uuid_send(id)), id, 0, at
FROM bench_made WHERE at > now() - interval '1 day' ORDER BY n;

UPDATE lots l SET remaining = l.remaining - s.posted
FROM (SELECT lot_id, count(*) * 120000000 AS posted FROM bench_made GROUP BY lot_id) s WHERE l.id = s.lot_id;

UPDATE balances b
SET available = b.available - s.count * 120000000, month = month_of(now()), month_spent = s.this_month * 120000000,
    day = now()::date, tasks_today = s.today, tasks_succeeded = s.count
FROM (SELECT account_id, count(*) AS count, count(*) FILTER (WHERE month_of(at) = month_of(now())) AS this_month,
             count(*) FILTER (WHERE at >= date_trunc('day', now(), 'UTC')) AS today
      FROM bench_made GROUP BY account_id) s
WHERE b.account_id = s.account_id;
