package buyers

import (
	"context"
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/buyer"
	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/event"
	"example.com/call-exchange/internal/domain/values"
	"example.com/call-exchange/internal/infrastructure/events"
	"example.com/call-exchange/internal/infrastructure/repository"
)

var noon = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

func newService(t *testing.T) (*Service, *[]event.Event) {
	t.Helper()
	told := &[]event.Event{}
	publisher := events.NewMemoryPublisher()
	publisher.Subscribe(func(_ context.Context, happened event.Event) error {
		*told = append(*told, happened)
		return nil
	})
	return NewService(repository.NewMemoryBuyers(), publisher, func() time.Time { return noon }), told
}

func TestRegisterThenSuspend(t *testing.T) {
	ctx := context.Background()
	service, told := newService(t)
	phone, err := values.NewPhoneNumber("+14155550199")
	if err != nil {
		t.Fatal(err)
	}
	registered, err := service.Register(ctx, "Acme", phone)
	if err != nil {
		t.Fatal(err)
	}
	want := buyer.Registered{BuyerID: registered.ID(), Name: "Acme", At: noon}
	if len(*told) != 1 || (*told)[0] != want {
		t.Errorf("told = %v, want %v", *told, want)
	}
	if _, err := service.Suspend(ctx, registered.ID()); err != nil {
		t.Fatal(err)
	}
	kept, err := service.Find(ctx, registered.ID())
	if err != nil || kept.CanBid() == nil {
		t.Errorf("Find() = %v, %v: want a buyer that cannot bid", kept, err)
	}
}

func TestNothingIsToldOfABuyerThatWasRefused(t *testing.T) {
	ctx := context.Background()
	service, told := newService(t)
	if _, err := service.Register(ctx, " ", values.PhoneNumber{}); errors.From(err).Code != "BUYER_NAME" {
		t.Errorf("Register() = %v, want BUYER_NAME", err)
	}
	if _, err := service.Suspend(ctx, "none"); errors.From(err).Code != "BUYER_NOT_FOUND" {
		t.Errorf("Suspend(none) = %v, want BUYER_NOT_FOUND", err)
	}
	if len(*told) != 0 {
		t.Errorf("told = %v, want nothing", *told)
	}
}
