// Package buyers registers and suspends buyers.
package buyers

import (
	"context"
	"time"

	"example.com/call-exchange/internal/domain/buyer"
	"example.com/call-exchange/internal/domain/event"
	"example.com/call-exchange/internal/domain/values"
)

// Service carries out what is done with buyers.
type Service struct {
	buyers    buyer.Repository
	publisher event.Publisher
	now       func() time.Time
}

// NewService takes the clock as a function, so that tests can set it.
func NewService(buyers buyer.Repository, publisher event.Publisher, now func() time.Time) *Service {
	return &Service{buyers: buyers, publisher: publisher, now: now}
}

// Register adds a buyer and tells of it.
func (s *Service) Register(ctx context.Context, name string, phone values.PhoneNumber) (*buyer.Buyer, error) {
	one, err := buyer.New(name, phone, s.now())
	if err != nil {
		return nil, err
	}
	if err := s.buyers.Save(ctx, one); err != nil {
		return nil, err
	}
	state := one.State()
	if err := s.publisher.Publish(ctx, buyer.Registered{BuyerID: state.ID, Name: state.Name, At: state.RegisteredAt}); err != nil {
		return nil, err
	}
	return one, nil
}

// Find gives one buyer.
func (s *Service) Find(ctx context.Context, id string) (*buyer.Buyer, error) {
	return s.buyers.Find(ctx, id)
}

// Suspend stops a buyer from bidding.
func (s *Service) Suspend(ctx context.Context, id string) (*buyer.Buyer, error) {
	one, err := s.buyers.Find(ctx, id)
	if err != nil {
		return nil, err
	}
	one.Suspend()
	return one, s.buyers.Save(ctx, one)
}
