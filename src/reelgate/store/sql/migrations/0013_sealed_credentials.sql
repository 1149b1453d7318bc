-- Keys of engines behind HTTP, sealed: AES-256-GCM under keys that the database never sees, bound to the row.

CREATE TABLE sealed_credentials (
    engine text NOT NULL CHECK (engine <> ''),
    name text NOT NULL CHECK (name <> ''),
    sealed bytea NOT NULL,
    -- The last characters of a long one, for people to tell credentials apart.
    masked text NOT NULL,
    updated_at timestamptz NOT NULL,
    PRIMARY KEY (engine, name)
);
