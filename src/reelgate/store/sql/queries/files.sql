-- name: note_files
-- Note files that are about to be stored, before any task has them.
INSERT INTO unclaimed_files (object_key, created_at) SELECT unnest($1::text[]), $2 ON CONFLICT DO NOTHING

-- name: unclaimed_files
-- Files that no task has claimed since a time, oldest first.
SELECT object_key FROM unclaimed_files WHERE created_at < $1 ORDER BY created_at LIMIT 1000

-- name: drop_files
-- Forget files that were removed.
DELETE FROM unclaimed_files WHERE object_key = ANY ($1)
