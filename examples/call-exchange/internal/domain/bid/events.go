package bid

import (
	"time"

	"example.com/call-exchange/internal/domain/values"
)

// Placed tells of a new bid.
type Placed struct {
	BidID   string
	CallID  string
	BuyerID string
	Amount  values.Money
	At      time.Time
}

// EventName implements event.Event.
func (Placed) EventName() string { return "bid.placed" }

// OccurredAt implements event.Event.
func (p Placed) OccurredAt() time.Time { return p.At }
