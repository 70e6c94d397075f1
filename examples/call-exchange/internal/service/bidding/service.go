// Package bidding takes bids for calls and sells each call to the best.
package bidding

import (
	"context"
	"time"

	"example.com/call-exchange/internal/domain/bid"
	"example.com/call-exchange/internal/domain/buyer"
	"example.com/call-exchange/internal/domain/call"
	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/event"
	"example.com/call-exchange/internal/domain/values"
)

// Stores are what the service reads and writes.
type Stores struct {
	Calls  call.Repository
	Bids   bid.Repository
	Buyers buyer.Repository
}

// Service runs the auction of each call.
type Service struct {
	stores    Stores
	publisher event.Publisher
	now       func() time.Time
}

// NewService takes the clock as a function, so that tests can set it.
func NewService(stores Stores, publisher event.Publisher, now func() time.Time) *Service {
	return &Service{stores: stores, publisher: publisher, now: now}
}

// Place bids for an available call. The buyer is active, the amount at or above the floor, the call not full.
func (s *Service) Place(ctx context.Context, callID, buyerID string, amount values.Money) (*bid.Bid, error) {
	if err := s.mayBid(ctx, callID, buyerID, amount); err != nil {
		return nil, err
	}
	one, err := bid.New(callID, buyerID, amount, s.now())
	if err != nil {
		return nil, err
	}
	if err := s.stores.Bids.Save(ctx, one); err != nil {
		return nil, err
	}
	state := one.State()
	placed := bid.Placed{BidID: state.ID, CallID: callID, BuyerID: buyerID, Amount: amount, At: state.PlacedAt}
	if err := s.publisher.Publish(ctx, placed); err != nil {
		return nil, err
	}
	return one, nil
}

func (s *Service) mayBid(ctx context.Context, callID, buyerID string, amount values.Money) error {
	wanted, err := s.stores.Calls.Find(ctx, callID)
	if err != nil {
		return err
	}
	by, err := s.stores.Buyers.Find(ctx, buyerID)
	if err != nil {
		return err
	}
	if err := by.CanBid(); err != nil {
		return err
	}
	if err := wanted.Takes(amount); err != nil {
		return err
	}
	others, err := s.stores.Bids.ListByCall(ctx, callID)
	if err != nil {
		return err
	}
	if len(others) >= bid.MaxPerCall {
		return errors.Limited("CALL_FULL", "the call takes no more bids")
	}
	return nil
}

// List gives a call's bids, oldest first.
func (s *Service) List(ctx context.Context, callID string) ([]*bid.Bid, error) {
	if _, err := s.stores.Calls.Find(ctx, callID); err != nil {
		return nil, err
	}
	return s.stores.Bids.ListByCall(ctx, callID)
}

// Sell gives the call to the best bid and settles all of them. Without a bid nothing changes; of several sales at once one succeeds.
func (s *Service) Sell(ctx context.Context, callID string) (*call.Call, error) {
	if _, err := s.stores.Calls.Find(ctx, callID); err != nil {
		return nil, err
	}
	bids, err := s.stores.Bids.ListByCall(ctx, callID)
	if err != nil {
		return nil, err
	}
	best := bid.Best(bids)
	if best == nil {
		return nil, errors.Conflict("CALL_WITHOUT_BIDS", "nobody has bid for the call")
	}
	var sold *call.Call
	err = s.stores.Calls.Update(ctx, callID, func(one *call.Call) error {
		sold = one
		return one.SellTo(best.State().BuyerID)
	})
	if err != nil {
		return nil, err
	}
	if err := s.settle(ctx, bids, best); err != nil {
		return nil, err
	}
	won := best.State()
	happened := call.Sold{CallID: callID, BuyerID: won.BuyerID, Price: won.Amount, At: s.now().UTC()}
	return sold, s.publisher.Publish(ctx, happened)
}

func (s *Service) settle(ctx context.Context, bids []*bid.Bid, best *bid.Bid) error {
	for _, one := range bids {
		mark := one.Lose
		if one == best {
			mark = one.Win
		}
		if err := mark(); err != nil {
			return err
		}
		if err := s.stores.Bids.Save(ctx, one); err != nil {
			return err
		}
	}
	return nil
}
