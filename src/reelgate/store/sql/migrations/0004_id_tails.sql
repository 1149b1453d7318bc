-- Tasks and videos by the last 8 bytes of their ids: wires that have room for 12 characters name them so.

CREATE INDEX tasks_tail ON tasks (substr(uuid_send(id), 9));
CREATE INDEX artifacts_video_tail ON artifacts (substr(uuid_send(id), 9)) WHERE kind = 'video';
