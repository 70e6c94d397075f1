package call

import (
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/values"
)

var noon = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

func money(t *testing.T, minor int64, currency string) values.Money {
	t.Helper()
	got, err := values.NewMoney(minor, currency)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func received(t *testing.T) *Call {
	t.Helper()
	from, err := values.NewPhoneNumber("+14155550123")
	if err != nil {
		t.Fatal(err)
	}
	got, err := New(from, money(t, 500, "USD"), noon)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestNewNeedsCallerAndFloor(t *testing.T) {
	if _, err := New(values.PhoneNumber{}, money(t, 1, "USD"), noon); err == nil {
		t.Error("a call from nobody was received")
	}
	from, _ := values.NewPhoneNumber("+14155550123")
	if _, err := New(from, values.Money{}, noon); err == nil {
		t.Error("a call without a floor was received")
	}
}

func TestTakes(t *testing.T) {
	cases := map[string]struct {
		amount values.Money
		code   string
	}{
		"at the floor":     {money(t, 500, "USD"), ""},
		"above":            {money(t, 501, "USD"), ""},
		"below":            {money(t, 499, "USD"), "BID_BELOW_FLOOR"},
		"another currency": {money(t, 900, "EUR"), "MONEY_CURRENCY_MIX"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			err := received(t).Takes(tc.amount)
			if (err != nil) != (tc.code != "") {
				t.Fatalf("Takes() = %v, want code %q", err, tc.code)
			}
			if err != nil && errors.From(err).Code != tc.code {
				t.Errorf("code = %s, want %s", errors.From(err).Code, tc.code)
			}
		})
	}
}

func TestLifeOfACall(t *testing.T) {
	one := received(t)
	if err := one.SellTo("b1"); err != nil {
		t.Fatal(err)
	}
	if err := one.SellTo("b2"); err == nil {
		t.Error("a call was sold twice")
	}
	if err := one.Takes(money(t, 900, "USD")); err == nil {
		t.Error("a sold call takes bids")
	}
	if err := one.End(noon.Add(-time.Second)); err == nil {
		t.Error("a call ended before it came in")
	}
	if err := one.End(noon.Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if err := one.End(noon.Add(time.Hour)); err == nil {
		t.Error("a call ended twice")
	}
	if got := one.State(); got.Status != StatusEnded || got.BuyerID != "b1" {
		t.Errorf("state = %+v", got)
	}
}
