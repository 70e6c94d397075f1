package repository

import (
	"context"
	"database/sql"
	stderrors "errors"

	"example.com/call-exchange/internal/domain/call"
	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/values"
)

const callColumns = `id, from_number, floor_minor, currency, status, buyer_id, received_at, ended_at`

// PostgresCalls keeps calls in the table calls.
type PostgresCalls struct {
	db *sql.DB
}

var _ call.Repository = (*PostgresCalls)(nil)

// NewPostgresCalls works on an open database that has been migrated.
func NewPostgresCalls(db *sql.DB) *PostgresCalls { return &PostgresCalls{db} }

// Save implements call.Repository.
func (r *PostgresCalls) Save(ctx context.Context, one *call.Call) error {
	return saveCall(ctx, r.db, one)
}

// execer is what a database and a transaction have in common.
type execer interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

var (
	_ execer = (*sql.DB)(nil)
	_ execer = (*sql.Tx)(nil)
)

func saveCall(ctx context.Context, on execer, one *call.Call) error {
	state := one.State()
	buyerID := sql.NullString{String: state.BuyerID, Valid: state.BuyerID != ""}
	endedAt := sql.NullTime{Time: state.EndedAt, Valid: !state.EndedAt.IsZero()}
	_, err := on.ExecContext(ctx, `
		INSERT INTO calls (`+callColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
		ON CONFLICT (id) DO UPDATE SET status = $5, buyer_id = $6, ended_at = $8`,
		state.ID, state.From.String(), state.Floor.Minor(), state.Floor.Currency(), string(state.Status), buyerID, state.ReceivedAt, endedAt)
	return storageError(err)
}

// Find implements call.Repository.
func (r *PostgresCalls) Find(ctx context.Context, id string) (*call.Call, error) {
	return findCall(r.db.QueryRowContext(ctx, `SELECT `+callColumns+` FROM calls WHERE id = $1`, id))
}

func findCall(row scanner) (*call.Call, error) {
	found, err := scanCall(row)
	if stderrors.Is(err, sql.ErrNoRows) {
		return nil, errCallNotFound()
	}
	return found, storageError(err)
}

// Update implements call.Repository. The row is locked until the change is kept or dropped.
func (r *PostgresCalls) Update(ctx context.Context, id string, change func(*call.Call) error) error {
	tx, err := r.db.BeginTx(ctx, nil)
	if err != nil {
		return storageError(err)
	}
	// After a commit this does nothing.
	defer func() { _ = tx.Rollback() }()
	one, err := findCall(tx.QueryRowContext(ctx, `SELECT `+callColumns+` FROM calls WHERE id = $1 FOR UPDATE`, id))
	if err != nil {
		return err
	}
	if err := change(one); err != nil {
		return err
	}
	if err := saveCall(ctx, tx, one); err != nil {
		return err
	}
	return storageError(tx.Commit())
}

// ListAvailable implements call.Repository.
func (r *PostgresCalls) ListAvailable(ctx context.Context, limit int) ([]*call.Call, error) {
	rows, err := r.db.QueryContext(ctx,
		`SELECT `+callColumns+` FROM calls WHERE status = $1 ORDER BY received_at LIMIT $2`, string(call.StatusAvailable), limit)
	if err != nil {
		return nil, storageError(err)
	}
	return scanAll(rows, scanCall)
}

func scanCall(row scanner) (*call.Call, error) {
	var state call.State
	var from, currency, status string
	var minor int64
	var buyerID sql.NullString
	var endedAt sql.NullTime
	if err := row.Scan(&state.ID, &from, &minor, &currency, &status, &buyerID, &state.ReceivedAt, &endedAt); err != nil {
		return nil, err
	}
	var err error
	if state.From, err = values.NewPhoneNumber(from); err != nil {
		return nil, err
	}
	if state.Floor, err = values.NewMoney(minor, currency); err != nil {
		return nil, err
	}
	state.Status, state.BuyerID = call.Status(status), buyerID.String
	// A driver gives times in the zone of its session.
	state.ReceivedAt, state.EndedAt = state.ReceivedAt.UTC(), endedAt.Time.UTC()
	return call.Restore(state), nil
}

// scanner is what a row and the current one of several rows have in common.
type scanner interface {
	Scan(targets ...any) error
}

var (
	_ scanner = (*sql.Row)(nil)
	_ scanner = (*sql.Rows)(nil)
)

// scanAll reads and closes rows.
func scanAll[T any](rows *sql.Rows, scan func(scanner) (T, error)) ([]T, error) {
	defer func() { _ = rows.Close() }()
	found := []T{}
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, storageError(err)
		}
		found = append(found, one)
	}
	return found, storageError(rows.Err())
}

// storageError wraps what the database said; nil stays nil.
func storageError(err error) error {
	if err == nil {
		return nil
	}
	return errors.Internal("STORAGE", err)
}
