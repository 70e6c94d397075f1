package repository

import (
	"context"
	"sort"
	"sync"

	"example.com/call-exchange/internal/domain/bid"
)

// MemoryBids keeps bids for as long as the process lives.
type MemoryBids struct {
	mu   sync.RWMutex
	bids map[string]bid.State
}

var _ bid.Repository = (*MemoryBids)(nil)

// NewMemoryBids is empty.
func NewMemoryBids() *MemoryBids { return &MemoryBids{bids: map[string]bid.State{}} }

// Save implements bid.Repository.
func (r *MemoryBids) Save(_ context.Context, one *bid.Bid) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	state := one.State()
	r.bids[state.ID] = state
	return nil
}

// ListByCall implements bid.Repository.
func (r *MemoryBids) ListByCall(_ context.Context, callID string) ([]*bid.Bid, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found := []*bid.Bid{}
	for _, state := range r.bids {
		if state.CallID == callID {
			found = append(found, bid.Restore(state))
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].State().PlacedAt.Before(found[j].State().PlacedAt) })
	return found, nil
}
