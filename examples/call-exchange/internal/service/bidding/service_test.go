package bidding

import (
	"context"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/bid"
	"example.com/call-exchange/internal/domain/buyer"
	"example.com/call-exchange/internal/domain/call"
	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/event"
	"example.com/call-exchange/internal/domain/values"
	"example.com/call-exchange/internal/infrastructure/events"
	"example.com/call-exchange/internal/infrastructure/repository"
)

type market struct {
	service *Service
	stores  Stores
	call    *call.Call
}

var noon = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

func newMarket(t *testing.T) market {
	t.Helper()
	stores := Stores{repository.NewMemoryCalls(), repository.NewMemoryBids(), repository.NewMemoryBuyers()}
	ticks := 0
	now := func() time.Time { ticks++; return noon.Add(time.Duration(ticks) * time.Second) }
	from, _ := values.NewPhoneNumber("+14155550123")
	wanted, err := call.New(from, dollars(t, 500), noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := stores.Calls.Save(context.Background(), wanted); err != nil {
		t.Fatal(err)
	}
	return market{NewService(stores, events.NewMemoryPublisher(), now), stores, wanted}
}

func dollars(t *testing.T, minor int64) values.Money {
	t.Helper()
	amount, err := values.NewMoney(minor, "USD")
	if err != nil {
		t.Fatal(err)
	}
	return amount
}

func (m market) buyer(t *testing.T, suspended bool) string {
	t.Helper()
	phone, _ := values.NewPhoneNumber("+14155550199")
	one, err := buyer.New("Acme", phone, noon)
	if err != nil {
		t.Fatal(err)
	}
	if suspended {
		one.Suspend()
	}
	if err := m.stores.Buyers.Save(context.Background(), one); err != nil {
		t.Fatal(err)
	}
	return one.ID()
}

func TestPlaceRefuses(t *testing.T) {
	m := newMarket(t)
	good, suspended := m.buyer(t, false), m.buyer(t, true)
	cases := map[string]struct {
		callID, buyerID string
		minor           int64
		code            string
	}{
		"unknown call":    {"none", good, 600, "CALL_NOT_FOUND"},
		"unknown buyer":   {m.call.ID(), "none", 600, "BUYER_NOT_FOUND"},
		"suspended buyer": {m.call.ID(), suspended, 600, "BUYER_SUSPENDED"},
		"below the floor": {m.call.ID(), good, 499, "BID_BELOW_FLOOR"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			_, err := m.service.Place(context.Background(), tc.callID, tc.buyerID, dollars(t, tc.minor))
			if err == nil || errors.From(err).Code != tc.code {
				t.Errorf("Place() = %v, want %s", err, tc.code)
			}
		})
	}
}

func TestACallIsFullAtItsMaximum(t *testing.T) {
	m := newMarket(t)
	by := m.buyer(t, false)
	for range bid.MaxPerCall {
		if _, err := m.service.Place(context.Background(), m.call.ID(), by, dollars(t, 600)); err != nil {
			t.Fatal(err)
		}
	}
	_, err := m.service.Place(context.Background(), m.call.ID(), by, dollars(t, 600))
	if err == nil || errors.From(err).Code != "CALL_FULL" {
		t.Errorf("Place() = %v, want CALL_FULL", err)
	}
}

func TestSellGivesTheCallToTheBestBid(t *testing.T) {
	ctx, m := context.Background(), newMarket(t)
	low, high := m.buyer(t, false), m.buyer(t, false)
	if _, err := m.service.Sell(ctx, m.call.ID()); errors.From(err).Code != "CALL_WITHOUT_BIDS" {
		t.Errorf("Sell() without bids = %v", err)
	}
	for by, minor := range map[string]int64{low: 600, high: 700} {
		if _, err := m.service.Place(ctx, m.call.ID(), by, dollars(t, minor)); err != nil {
			t.Fatal(err)
		}
	}
	sold, err := m.service.Sell(ctx, m.call.ID())
	if err != nil || sold.State().BuyerID != high {
		t.Fatalf("Sell() = %v, %v", sold, err)
	}
	bids, err := m.service.List(ctx, m.call.ID())
	if err != nil || len(bids) != 2 {
		t.Fatalf("List() = %d bids, %v", len(bids), err)
	}
	for _, one := range bids {
		if won := one.State().BuyerID == high; won != (one.State().Status == bid.StatusWon) {
			t.Errorf("bid of %s is %s", one.State().BuyerID, one.State().Status)
		}
	}
}

// together lets as many readers of a call's bids go on at once as it was made for.
type together struct {
	bid.Repository
	arrived *sync.WaitGroup
}

func (t together) ListByCall(ctx context.Context, callID string) ([]*bid.Bid, error) {
	found, err := t.Repository.ListByCall(ctx, callID)
	t.arrived.Done()
	t.arrived.Wait()
	return found, err
}

func TestACallIsSoldOnceToManyAtOnce(t *testing.T) {
	const sellers = 8
	ctx, m := context.Background(), newMarket(t)
	if _, err := m.service.Place(ctx, m.call.ID(), m.buyer(t, false), dollars(t, 600)); err != nil {
		t.Fatal(err)
	}
	var arrived, done sync.WaitGroup
	var sold, told atomic.Int64
	arrived.Add(sellers)
	publisher := events.NewMemoryPublisher()
	publisher.Subscribe(func(context.Context, event.Event) error { told.Add(1); return nil })
	stores := Stores{Calls: m.stores.Calls, Bids: together{m.stores.Bids, &arrived}, Buyers: m.stores.Buyers}
	service := NewService(stores, publisher, func() time.Time { return noon })
	for range sellers {
		done.Add(1)
		go func() {
			defer done.Done()
			_, err := service.Sell(ctx, m.call.ID())
			switch {
			case err == nil:
				sold.Add(1)
			case errors.From(err).Code != "CALL_NOT_AVAILABLE":
				t.Errorf("Sell() = %v, want CALL_NOT_AVAILABLE", err)
			}
		}()
	}
	done.Wait()
	if sold.Load() != 1 || told.Load() != 1 {
		t.Errorf("sold %d times, told %d times; want once each", sold.Load(), told.Load())
	}
}
