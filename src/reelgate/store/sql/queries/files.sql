-- name: note_files
-- Note files that are about to be stored, before any task has them.
INSERT INTO unclaimed_files (object_key, created_at) SELECT unnest($1::text[]), now() ON CONFLICT DO NOTHING

-- name: unclaimed_files
-- Files that no task has claimed for so long, oldest first. By the database's clock at both ends: no other may decide
-- that a file which is being stored is an old one.
SELECT object_key FROM unclaimed_files WHERE created_at < now() - $1::interval ORDER BY created_at LIMIT 1000

-- name: drop_files
-- Forget files that were removed.
DELETE FROM unclaimed_files WHERE object_key = ANY ($1)
