package buyer

import (
	"strings"
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/values"
)

var noon = time.Date(2026, 1, 10, 12, 0, 0, 0, time.UTC)

func TestNew(t *testing.T) {
	phone, err := values.NewPhoneNumber("+14155550123")
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]struct {
		name  string
		phone values.PhoneNumber
		wrong bool
	}{
		"good":     {"  Acme Roofing ", phone, false},
		"no name":  {"  ", phone, true},
		"too long": {strings.Repeat("a", 121), phone, true},
		"no phone": {"Acme", values.PhoneNumber{}, true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := New(tc.name, tc.phone, noon)
			if (err != nil) != tc.wrong {
				t.Fatalf("New() error = %v, wrong = %v", err, tc.wrong)
			}
			if err == nil && got.State().Name != "Acme Roofing" {
				t.Errorf("name = %q", got.State().Name)
			}
		})
	}
}

func TestSuspendedBuyerCannotBid(t *testing.T) {
	phone, _ := values.NewPhoneNumber("+14155550123")
	one, err := New("Acme", phone, noon)
	if err != nil {
		t.Fatal(err)
	}
	if err := one.CanBid(); err != nil {
		t.Errorf("an active buyer cannot bid: %v", err)
	}
	one.Suspend()
	if err := one.CanBid(); err == nil {
		t.Error("a suspended buyer can bid")
	}
}
