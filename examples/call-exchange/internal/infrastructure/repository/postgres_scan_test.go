package repository

import (
	"database/sql"
	"fmt"
	"testing"
	"time"

	"example.com/call-exchange/internal/domain/errors"
)

// row gives its values as a driver does.
type row []any

func (r row) Scan(targets ...any) error {
	if len(targets) != len(r) {
		return fmt.Errorf("%d targets for %d columns", len(targets), len(r))
	}
	for i, target := range targets {
		switch target := target.(type) {
		case *string:
			*target = r[i].(string)
		case *int64:
			*target = r[i].(int64)
		case *bool:
			*target = r[i].(bool)
		case *time.Time:
			*target = r[i].(time.Time)
		case sql.Scanner:
			if err := target.Scan(r[i]); err != nil {
				return err
			}
		default:
			return fmt.Errorf("column %d goes into a %T", i, target)
		}
	}
	return nil
}

// broken is a row that a query did not give.
type broken struct{ err error }

func (b broken) Scan(...any) error { return b.err }

// abroad is noon as a session in another time zone gives it.
var abroad = noon.In(time.FixedZone("UTC-5", -5*60*60))

func TestTimesFromStorageAreUTC(t *testing.T) {
	one, err := scanCall(row{"c1", "+14155550123", int64(500), "USD", "ended", "b1", abroad, abroad})
	if err != nil {
		t.Fatal(err)
	}
	offered, err := scanBid(row{"x1", "c1", "b1", int64(600), "USD", "won", abroad})
	if err != nil {
		t.Fatal(err)
	}
	by, err := findBuyer(row{"b1", "Acme", "+14155550199", true, abroad})
	if err != nil {
		t.Fatal(err)
	}
	cases := map[string]time.Time{
		"call received":    one.State().ReceivedAt,
		"call ended":       one.State().EndedAt,
		"bid placed":       offered.State().PlacedAt,
		"buyer registered": by.State().RegisteredAt,
	}
	for name, got := range cases {
		if got.Location() != time.UTC || !got.Equal(noon) {
			t.Errorf("%s at %v, want %v", name, got, noon)
		}
	}
}

func TestACallThatWaitsHasNoBuyerAndNoEnd(t *testing.T) {
	one, err := scanCall(row{"c1", "+14155550123", int64(500), "USD", "available", nil, noon, nil})
	if err != nil {
		t.Fatal(err)
	}
	if got := one.State(); got.BuyerID != "" || !got.EndedAt.IsZero() {
		t.Errorf("state = %+v", got)
	}
}

func TestRowsThatAreMissingOrWrong(t *testing.T) {
	_, noCall := findCall(broken{sql.ErrNoRows})
	_, noBuyer := findBuyer(broken{sql.ErrNoRows})
	_, cut := findCall(broken{sql.ErrConnDone})
	_, garbled := findBuyer(row{"b1", "Acme", "12", true, noon})
	cases := map[string]struct {
		err  error
		code string
	}{
		"no call":             {noCall, "CALL_NOT_FOUND"},
		"no buyer":            {noBuyer, "BUYER_NOT_FOUND"},
		"a lost connection":   {cut, "STORAGE"},
		"a number that isn't": {garbled, "STORAGE"},
	}
	for name, tc := range cases {
		if tc.err == nil || errors.From(tc.err).Code != tc.code {
			t.Errorf("%s: %v, want %s", name, tc.err, tc.code)
		}
	}
}
