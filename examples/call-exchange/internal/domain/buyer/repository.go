package buyer

import "context"

// Repository keeps buyers.
type Repository interface {
	// Save inserts or replaces.
	Save(ctx context.Context, buyer *Buyer) error
	// Find fails with kind not_found and code BUYER_NOT_FOUND.
	Find(ctx context.Context, id string) (*Buyer, error)
}
