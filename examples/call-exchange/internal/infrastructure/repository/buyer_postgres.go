package repository

import (
	"context"
	"database/sql"
	stderrors "errors"

	"example.com/call-exchange/internal/domain/buyer"
	"example.com/call-exchange/internal/domain/values"
)

const buyerColumns = `id, name, phone, active, registered_at`

// PostgresBuyers keeps buyers in the table buyers.
type PostgresBuyers struct {
	db *sql.DB
}

var _ buyer.Repository = (*PostgresBuyers)(nil)

// NewPostgresBuyers works on an open database that has been migrated.
func NewPostgresBuyers(db *sql.DB) *PostgresBuyers { return &PostgresBuyers{db} }

// Save implements buyer.Repository.
func (r *PostgresBuyers) Save(ctx context.Context, one *buyer.Buyer) error {
	state := one.State()
	_, err := r.db.ExecContext(ctx, `
		INSERT INTO buyers (`+buyerColumns+`) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (id) DO UPDATE SET name = $2, phone = $3, active = $4`,
		state.ID, state.Name, state.Phone.String(), state.Active, state.RegisteredAt)
	return storageError(err)
}

// Find implements buyer.Repository.
func (r *PostgresBuyers) Find(ctx context.Context, id string) (*buyer.Buyer, error) {
	return findBuyer(r.db.QueryRowContext(ctx, `SELECT `+buyerColumns+` FROM buyers WHERE id = $1`, id))
}

func findBuyer(row scanner) (*buyer.Buyer, error) {
	var state buyer.State
	var phone string
	err := row.Scan(&state.ID, &state.Name, &phone, &state.Active, &state.RegisteredAt)
	if stderrors.Is(err, sql.ErrNoRows) {
		return nil, errBuyerNotFound()
	}
	if err != nil {
		return nil, storageError(err)
	}
	if state.Phone, err = values.NewPhoneNumber(phone); err != nil {
		return nil, storageError(err)
	}
	state.RegisteredAt = state.RegisteredAt.UTC()
	return buyer.Restore(state), nil
}
