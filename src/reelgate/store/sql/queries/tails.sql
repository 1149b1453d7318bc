-- name: find_task_id
-- The task whose id ends so.
SELECT id FROM tasks WHERE substr(uuid_send(id), 9) = $1 LIMIT 1

-- name: find_video_task_id
-- The task whose video has an id that ends so.
SELECT task_id FROM artifacts WHERE kind = 'video' AND substr(uuid_send(id), 9) = $1 LIMIT 1
