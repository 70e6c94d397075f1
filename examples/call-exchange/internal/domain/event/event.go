// Package event says what a domain event is and how one is handed on.
package event

import (
	"context"
	"time"
)

// Event is a fact of the domain. It never changes after it happened.
type Event interface {
	// EventName is stable and lower case with dots: "call.sold".
	EventName() string
	// OccurredAt is in UTC.
	OccurredAt() time.Time
}

// Publisher hands events to whoever subscribed.
type Publisher interface {
	// Publish fails with the first handler's error; events after it are not handed on.
	Publish(ctx context.Context, events ...Event) error
}
