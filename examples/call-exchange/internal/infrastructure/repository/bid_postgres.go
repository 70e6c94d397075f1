package repository

import (
	"context"
	"database/sql"

	"example.com/call-exchange/internal/domain/bid"
	"example.com/call-exchange/internal/domain/values"
)

const bidColumns = `id, call_id, buyer_id, amount_minor, currency, status, placed_at`

// PostgresBids keeps bids in the table bids.
type PostgresBids struct {
	db *sql.DB
}

var _ bid.Repository = (*PostgresBids)(nil)

// NewPostgresBids works on an open database that has been migrated.
func NewPostgresBids(db *sql.DB) *PostgresBids { return &PostgresBids{db} }

// Save implements bid.Repository.
func (r *PostgresBids) Save(ctx context.Context, one *bid.Bid) error {
	state := one.State()
	_, err := r.db.ExecContext(ctx, `
		INSERT INTO bids (`+bidColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (id) DO UPDATE SET status = $6`,
		state.ID, state.CallID, state.BuyerID, state.Amount.Minor(), state.Amount.Currency(), string(state.Status), state.PlacedAt)
	return storageError(err)
}

// ListByCall implements bid.Repository.
func (r *PostgresBids) ListByCall(ctx context.Context, callID string) ([]*bid.Bid, error) {
	rows, err := r.db.QueryContext(ctx, `SELECT `+bidColumns+` FROM bids WHERE call_id = $1 ORDER BY placed_at`, callID)
	if err != nil {
		return nil, storageError(err)
	}
	return scanAll(rows, scanBid)
}

func scanBid(row scanner) (*bid.Bid, error) {
	var state bid.State
	var currency, status string
	var minor int64
	if err := row.Scan(&state.ID, &state.CallID, &state.BuyerID, &minor, &currency, &status, &state.PlacedAt); err != nil {
		return nil, err
	}
	amount, err := values.NewMoney(minor, currency)
	if err != nil {
		return nil, err
	}
	state.Amount, state.Status, state.PlacedAt = amount, bid.Status(status), state.PlacedAt.UTC()
	return bid.Restore(state), nil
}
