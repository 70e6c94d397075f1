package call

import "context"

// Repository keeps calls.
type Repository interface {
	// Save inserts or replaces.
	Save(ctx context.Context, call *Call) error
	// Find fails with kind not_found and code CALL_NOT_FOUND.
	Find(ctx context.Context, id string) (*Call, error)
	// Update changes a call while nobody else can. When change fails, nothing is kept and its error is given back as it is;
	// without the call it fails as Find does.
	Update(ctx context.Context, id string, change func(*Call) error) error
	// ListAvailable gives the calls that wait for bids, oldest first, at most limit.
	ListAvailable(ctx context.Context, limit int) ([]*Call, error)
}
