CREATE TABLE buyers (
    id            TEXT PRIMARY KEY,
    name          TEXT NOT NULL CHECK (length(name) BETWEEN 1 AND 120),
    phone         TEXT NOT NULL CHECK (phone ~ '^\+[1-9][0-9]{7,14}$'),
    active        BOOLEAN NOT NULL DEFAULT TRUE,
    registered_at TIMESTAMPTZ NOT NULL
);
