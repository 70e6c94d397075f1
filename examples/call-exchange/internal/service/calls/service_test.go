package calls

import (
	"context"
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/call"
	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/event"
	"example.com/call-exchange/internal/domain/values"
	"example.com/call-exchange/internal/infrastructure/events"
	"example.com/call-exchange/internal/infrastructure/repository"
)

func TestReceiveListEnd(t *testing.T) {
	ctx, publisher := context.Background(), events.NewMemoryPublisher()
	var told []string
	publisher.Subscribe(func(_ context.Context, happened event.Event) error {
		told = append(told, happened.EventName())
		return nil
	})
	noon := time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)
	service := NewService(repository.NewMemoryCalls(), publisher, func() time.Time { return noon })
	from, _ := values.NewPhoneNumber("+14155550123")
	floor, _ := values.NewMoney(500, "USD")
	one, err := service.Receive(ctx, from, floor)
	if err != nil {
		t.Fatal(err)
	}
	if len(told) != 1 || told[0] != "call.received" {
		t.Errorf("told = %v", told)
	}
	if got, err := service.ListAvailable(ctx); err != nil || len(got) != 1 {
		t.Errorf("ListAvailable() = %d calls, %v", len(got), err)
	}
	ended, err := service.End(ctx, one.ID())
	if err != nil || ended.State().Status != call.StatusEnded {
		t.Errorf("End() = %v, %v", ended, err)
	}
	if _, err := service.End(ctx, "none"); errors.From(err).Kind != errors.KindNotFound {
		t.Errorf("End(none) = %v", err)
	}
}
