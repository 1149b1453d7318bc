-- Prompts as a prompt service left them, beside the original, which is in the spec.

ALTER TABLE tasks ADD COLUMN final_prompt text;

-- A task as it is read: with its artifacts as one JSON array, unless it was deleted.
DROP VIEW tasks_whole;
CREATE VIEW tasks_whole AS
SELECT t.*, coalesce((
    SELECT jsonb_agg(jsonb_build_object(
        'id', a.id, 'kind', a.kind, 'sample', a.sample, 'object_key', a.object_key, 'media_type', a.media_type,
        'size_bytes', a.size_bytes, 'sha256', encode(a.sha256, 'hex'), 'width_px', a.width_px,
        'height_px', a.height_px, 'duration_s', a.duration_s, 'frames', a.frames, 'has_audio', a.has_audio,
        'created_at', a.created_at))
    FROM artifacts a WHERE a.task_id = t.id), '[]') AS artifacts
FROM tasks t WHERE t.deleted_at IS NULL;
