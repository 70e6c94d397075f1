CREATE TABLE bids (
    id           TEXT PRIMARY KEY,
    call_id      TEXT NOT NULL REFERENCES calls (id),
    buyer_id     TEXT NOT NULL REFERENCES buyers (id),
    amount_minor BIGINT NOT NULL CHECK (amount_minor > 0),
    currency     CHAR(3) NOT NULL,
    status       TEXT NOT NULL CHECK (status IN ('placed', 'won', 'lost')),
    placed_at    TIMESTAMPTZ NOT NULL
);

CREATE INDEX bids_by_call ON bids (call_id, placed_at);
