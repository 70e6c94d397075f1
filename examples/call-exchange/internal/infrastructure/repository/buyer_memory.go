package repository

import (
	"context"
	"sync"

	"example.com/call-exchange/internal/domain/buyer"
	"example.com/call-exchange/internal/domain/errors"
)

// MemoryBuyers keeps buyers for as long as the process lives.
type MemoryBuyers struct {
	mu     sync.RWMutex
	buyers map[string]buyer.State
}

var _ buyer.Repository = (*MemoryBuyers)(nil)

// NewMemoryBuyers is empty.
func NewMemoryBuyers() *MemoryBuyers { return &MemoryBuyers{buyers: map[string]buyer.State{}} }

// Save implements buyer.Repository.
func (r *MemoryBuyers) Save(_ context.Context, one *buyer.Buyer) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.buyers[one.ID()] = one.State()
	return nil
}

// Find implements buyer.Repository.
func (r *MemoryBuyers) Find(_ context.Context, id string) (*buyer.Buyer, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	state, ok := r.buyers[id]
	if !ok {
		return nil, errBuyerNotFound()
	}
	return buyer.Restore(state), nil
}

func errBuyerNotFound() error { return errors.NotFound("BUYER_NOT_FOUND", "there is no such buyer") }
