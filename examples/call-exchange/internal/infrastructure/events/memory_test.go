package events

import (
	"context"
	"errors"
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/event"
)

type happened string

func (h happened) EventName() string   { return string(h) }
func (happened) OccurredAt() time.Time { return time.Time{} }

func TestHandlersAreToldInOrder(t *testing.T) {
	publisher := NewMemoryPublisher()
	var told []string
	for _, name := range []string{"one", "two"} {
		publisher.Subscribe(func(_ context.Context, e event.Event) error {
			told = append(told, name+" "+e.EventName())
			return nil
		})
	}
	if err := publisher.Publish(context.Background(), happened("a"), happened("b")); err != nil {
		t.Fatal(err)
	}
	want := []string{"one a", "two a", "one b", "two b"}
	for i := range want {
		if i >= len(told) || told[i] != want[i] {
			t.Fatalf("told = %v, want %v", told, want)
		}
	}
}

func TestPublishStopsAtAFailure(t *testing.T) {
	publisher := NewMemoryPublisher()
	full := errors.New("full")
	count := 0
	publisher.Subscribe(func(context.Context, event.Event) error { count++; return full })
	if err := publisher.Publish(context.Background(), happened("a"), happened("b")); !errors.Is(err, full) {
		t.Errorf("Publish() = %v, want %v", err, full)
	}
	if count != 1 {
		t.Errorf("handler was called %d times, want once", count)
	}
}
