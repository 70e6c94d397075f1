package bid

import "context"

// Repository keeps bids.
type Repository interface {
	// Save inserts or replaces.
	Save(ctx context.Context, bid *Bid) error
	// ListByCall gives a call's bids, oldest first; none is no error.
	ListByCall(ctx context.Context, callID string) ([]*Bid, error)
}
