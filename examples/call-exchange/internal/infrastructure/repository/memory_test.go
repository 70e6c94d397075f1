package repository

import (
	"context"
	stderrors "errors"
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/bid"
	"example.com/call-exchange/internal/domain/call"
	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/values"
)

var noon = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

func receivedAt(t *testing.T, at time.Time) *call.Call {
	t.Helper()
	from, err := values.NewPhoneNumber("+14155550123")
	if err != nil {
		t.Fatal(err)
	}
	floor, err := values.NewMoney(500, "USD")
	if err != nil {
		t.Fatal(err)
	}
	one, err := call.New(from, floor, at)
	if err != nil {
		t.Fatal(err)
	}
	return one
}

func TestMemoryCallsListsAvailableOldestFirst(t *testing.T) {
	ctx, repo := context.Background(), NewMemoryCalls()
	late, early, sold := receivedAt(t, noon.Add(time.Minute)), receivedAt(t, noon), receivedAt(t, noon)
	if err := sold.SellTo("b1"); err != nil {
		t.Fatal(err)
	}
	for _, one := range []*call.Call{late, early, sold} {
		if err := repo.Save(ctx, one); err != nil {
			t.Fatal(err)
		}
	}
	got, err := repo.ListAvailable(ctx, 10)
	if err != nil || len(got) != 2 || got[0].ID() != early.ID() {
		t.Errorf("ListAvailable() = %v, %v", got, err)
	}
	if got, _ := repo.ListAvailable(ctx, 1); len(got) != 1 {
		t.Errorf("ListAvailable(1) gave %d", len(got))
	}
}

func TestMemoryKeepsACopy(t *testing.T) {
	ctx, repo := context.Background(), NewMemoryCalls()
	one := receivedAt(t, noon)
	if err := repo.Save(ctx, one); err != nil {
		t.Fatal(err)
	}
	if err := one.SellTo("b1"); err != nil {
		t.Fatal(err)
	}
	kept, err := repo.Find(ctx, one.ID())
	if err != nil || kept.State().Status != call.StatusAvailable {
		t.Errorf("Find() = %v, %v: a change that was not saved is visible", kept, err)
	}
}

func TestMemoryNotFound(t *testing.T) {
	ctx := context.Background()
	_, err := NewMemoryCalls().Find(ctx, "none")
	if errors.From(err).Code != "CALL_NOT_FOUND" {
		t.Errorf("calls: %v", err)
	}
	_, err = NewMemoryBuyers().Find(ctx, "none")
	if errors.From(err).Code != "BUYER_NOT_FOUND" {
		t.Errorf("buyers: %v", err)
	}
}

func TestMemoryBidsOfOneCall(t *testing.T) {
	ctx, repo := context.Background(), NewMemoryBids()
	amount, _ := values.NewMoney(700, "USD")
	for _, callID := range []string{"c1", "c2", "c1"} {
		one, err := bid.New(callID, "b1", amount, noon)
		if err != nil {
			t.Fatal(err)
		}
		if err := repo.Save(ctx, one); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := repo.ListByCall(ctx, "c1"); err != nil || len(got) != 2 {
		t.Errorf("ListByCall() = %d bids, %v", len(got), err)
	}
}

func TestMemoryCallsUpdate(t *testing.T) {
	ctx, repo := context.Background(), NewMemoryCalls()
	one := receivedAt(t, noon)
	if err := repo.Save(ctx, one); err != nil {
		t.Fatal(err)
	}
	boom := stderrors.New("boom")
	err := repo.Update(ctx, one.ID(), func(changed *call.Call) error {
		if err := changed.SellTo("b1"); err != nil {
			return err
		}
		return boom
	})
	if !stderrors.Is(err, boom) {
		t.Errorf("Update() = %v, want the change's own error", err)
	}
	if kept, _ := repo.Find(ctx, one.ID()); kept.State().Status != call.StatusAvailable {
		t.Error("a failed change was kept")
	}
	if err := repo.Update(ctx, one.ID(), func(changed *call.Call) error { return changed.SellTo("b2") }); err != nil {
		t.Fatal(err)
	}
	if kept, _ := repo.Find(ctx, one.ID()); kept.State().BuyerID != "b2" {
		t.Errorf("kept = %+v", kept.State())
	}
	err = repo.Update(ctx, "none", func(*call.Call) error { return nil })
	if errors.From(err).Code != "CALL_NOT_FOUND" {
		t.Errorf("Update(none) = %v", err)
	}
}
