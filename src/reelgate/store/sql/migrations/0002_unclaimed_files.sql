-- Files that are being stored and that no task has yet. The statement that gives a file to a task takes its row away, so
-- what is still here after a day was left behind by a crash or an outage; the sweep removes it.

CREATE TABLE unclaimed_files (
    object_key text PRIMARY KEY,
    created_at timestamptz NOT NULL
);
CREATE INDEX unclaimed_files_age ON unclaimed_files (created_at);
