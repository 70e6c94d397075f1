package call

import (
	"time"

	"example.com/call-exchange/internal/domain/values"
)

// Received tells of a call that waits for bids.
type Received struct {
	CallID string
	Floor  values.Money
	At     time.Time
}

// EventName implements event.Event.
func (Received) EventName() string { return "call.received" }

// OccurredAt implements event.Event.
func (r Received) OccurredAt() time.Time { return r.At }

// Sold tells who got a call, and for how much.
type Sold struct {
	CallID  string
	BuyerID string
	Price   values.Money
	At      time.Time
}

// EventName implements event.Event.
func (Sold) EventName() string { return "call.sold" }

// OccurredAt implements event.Event.
func (s Sold) OccurredAt() time.Time { return s.At }
