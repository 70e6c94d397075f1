package bid

import (
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/values"
)

var noon = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

func placed(t *testing.T, buyerID string, minor int64, at time.Time) *Bid {
	t.Helper()
	amount, err := values.NewMoney(minor, "USD")
	if err != nil {
		t.Fatal(err)
	}
	got, err := New("c1", buyerID, amount, at)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestNewRefuses(t *testing.T) {
	zero, _ := values.NewMoney(0, "USD")
	some, _ := values.NewMoney(1, "USD")
	cases := map[string]struct {
		callID, buyerID string
		amount          values.Money
	}{
		"no call":  {"", "b1", some},
		"no buyer": {"c1", "", some},
		"nothing":  {"c1", "b1", zero},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if _, err := New(tc.callID, tc.buyerID, tc.amount, noon); err == nil {
				t.Error("New() took it")
			}
		})
	}
}

func TestBidIsSettledOnce(t *testing.T) {
	one := placed(t, "b1", 100, noon)
	if err := one.Win(); err != nil {
		t.Fatal(err)
	}
	if err := one.Lose(); err == nil {
		t.Error("a won bid lost")
	}
}

func TestBest(t *testing.T) {
	late := placed(t, "b1", 700, noon.Add(time.Second))
	early := placed(t, "b2", 700, noon)
	low := placed(t, "b3", 600, noon)
	lost := placed(t, "b4", 900, noon)
	if err := lost.Lose(); err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		bids []*Bid
		want *Bid
	}{
		"none":                  {nil, nil},
		"highest":               {[]*Bid{low, late}, late},
		"earliest among equals": {[]*Bid{late, low, early}, early},
		"settled do not count":  {[]*Bid{lost, low}, low},
		"all settled":           {[]*Bid{lost}, nil},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := Best(tc.bids); got != tc.want {
				t.Errorf("Best() = %v, want %v", got, tc.want)
			}
		})
	}
}
