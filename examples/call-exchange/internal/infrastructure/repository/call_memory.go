// Package repository keeps the domain's entities, in memory or in PostgreSQL.
package repository

import (
	"context"
	"sort"
	"sync"

	"example.com/call-exchange/internal/domain/call"
	"example.com/call-exchange/internal/domain/errors"
)

// MemoryCalls keeps calls for as long as the process lives.
type MemoryCalls struct {
	mu    sync.RWMutex
	calls map[string]call.State
}

var _ call.Repository = (*MemoryCalls)(nil)

// NewMemoryCalls is empty.
func NewMemoryCalls() *MemoryCalls { return &MemoryCalls{calls: map[string]call.State{}} }

// Save implements call.Repository.
func (r *MemoryCalls) Save(_ context.Context, one *call.Call) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.calls[one.ID()] = one.State()
	return nil
}

// Find implements call.Repository.
func (r *MemoryCalls) Find(_ context.Context, id string) (*call.Call, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	state, ok := r.calls[id]
	if !ok {
		return nil, errCallNotFound()
	}
	return call.Restore(state), nil
}

// Update implements call.Repository.
func (r *MemoryCalls) Update(_ context.Context, id string, change func(*call.Call) error) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	state, ok := r.calls[id]
	if !ok {
		return errCallNotFound()
	}
	one := call.Restore(state)
	if err := change(one); err != nil {
		return err
	}
	r.calls[id] = one.State()
	return nil
}

// ListAvailable implements call.Repository.
func (r *MemoryCalls) ListAvailable(_ context.Context, limit int) ([]*call.Call, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	found := make([]*call.Call, 0, limit)
	for _, state := range r.calls {
		if state.Status == call.StatusAvailable {
			found = append(found, call.Restore(state))
		}
	}
	sort.Slice(found, func(i, j int) bool { return found[i].State().ReceivedAt.Before(found[j].State().ReceivedAt) })
	if len(found) > limit {
		found = found[:limit]
	}
	return found, nil
}

func errCallNotFound() error { return errors.NotFound("CALL_NOT_FOUND", "there is no such call") }
