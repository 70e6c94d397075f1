// Package events hands domain events to handlers inside the process.
package events

import (
	"context"
	"sync"

	"example.com/call-exchange/internal/domain/event"
)

// Handler is told of events, one at a time.
type Handler func(ctx context.Context, happened event.Event) error

// MemoryPublisher calls its handlers in the order in which they subscribed, before Publish returns.
type MemoryPublisher struct {
	mu       sync.RWMutex
	handlers []Handler
}

var _ event.Publisher = (*MemoryPublisher)(nil)

// NewMemoryPublisher has no handlers.
func NewMemoryPublisher() *MemoryPublisher { return &MemoryPublisher{} }

// Subscribe adds a handler for every event published from now on.
func (p *MemoryPublisher) Subscribe(handler Handler) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.handlers = append(p.handlers, handler)
}

// Publish implements event.Publisher.
func (p *MemoryPublisher) Publish(ctx context.Context, happened ...event.Event) error {
	p.mu.RLock()
	handlers := p.handlers
	p.mu.RUnlock()
	for _, one := range happened {
		for _, handle := range handlers {
			if err := handle(ctx, one); err != nil {
				return err
			}
		}
	}
	return nil
}
