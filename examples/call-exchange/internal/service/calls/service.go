// Package calls receives, lists and ends calls.
package calls

import (
	"context"
	"time"

	"example.com/call-exchange/internal/domain/call"
	"example.com/call-exchange/internal/domain/event"
	"example.com/call-exchange/internal/domain/values"
)

const listLimit = 100

// Service carries out what is done with calls, but for selling them.
type Service struct {
	calls     call.Repository
	publisher event.Publisher
	now       func() time.Time
}

// NewService takes the clock as a function, so that tests can set it.
func NewService(calls call.Repository, publisher event.Publisher, now func() time.Time) *Service {
	return &Service{calls: calls, publisher: publisher, now: now}
}

// Receive takes a call in and tells of it.
func (s *Service) Receive(ctx context.Context, from values.PhoneNumber, floor values.Money) (*call.Call, error) {
	one, err := call.New(from, floor, s.now())
	if err != nil {
		return nil, err
	}
	if err := s.calls.Save(ctx, one); err != nil {
		return nil, err
	}
	state := one.State()
	if err := s.publisher.Publish(ctx, call.Received{CallID: state.ID, Floor: state.Floor, At: state.ReceivedAt}); err != nil {
		return nil, err
	}
	return one, nil
}

// Find gives one call.
func (s *Service) Find(ctx context.Context, id string) (*call.Call, error) {
	return s.calls.Find(ctx, id)
}

// ListAvailable gives the 100 calls that have waited longest.
func (s *Service) ListAvailable(ctx context.Context) ([]*call.Call, error) {
	return s.calls.ListAvailable(ctx, listLimit)
}

// End closes a call.
func (s *Service) End(ctx context.Context, id string) (*call.Call, error) {
	at := s.now()
	var ended *call.Call
	err := s.calls.Update(ctx, id, func(one *call.Call) error {
		ended = one
		return one.End(at)
	})
	if err != nil {
		return nil, err
	}
	return ended, nil
}
