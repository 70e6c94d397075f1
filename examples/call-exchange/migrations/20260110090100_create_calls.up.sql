CREATE TABLE calls (
    id          TEXT PRIMARY KEY,
    from_number TEXT NOT NULL CHECK (from_number ~ '^\+[1-9][0-9]{7,14}$'),
    floor_minor BIGINT NOT NULL CHECK (floor_minor >= 0),
    currency    CHAR(3) NOT NULL,
    status      TEXT NOT NULL CHECK (status IN ('available', 'sold', 'ended')),
    buyer_id    TEXT REFERENCES buyers (id),
    received_at TIMESTAMPTZ NOT NULL,
    ended_at    TIMESTAMPTZ CHECK (ended_at >= received_at)
);

CREATE INDEX calls_available ON calls (received_at) WHERE status = 'available';
