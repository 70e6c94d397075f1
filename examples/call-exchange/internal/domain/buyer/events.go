package buyer

import "time"

// Registered tells of a new buyer.
type Registered struct {
	BuyerID string
	Name    string
	At      time.Time
}

// EventName implements event.Event.
func (Registered) EventName() string { return "buyer.registered" }

// OccurredAt implements event.Event.
func (r Registered) OccurredAt() time.Time { return r.At }
