// Package values holds immutable value objects. Their constructors are the only way to make valid ones.
package values

import (
	"fmt"
	"strings"

	"example.com/call-exchange/internal/domain/errors"
)

// Money is an amount in minor units (cents) of one currency.
type Money struct {
	minor    int64
	currency string
}

// NewMoney takes an amount that is not negative and an ISO 4217 code in any case.
func NewMoney(minor int64, currency string) (Money, error) {
	code := strings.ToUpper(strings.TrimSpace(currency))
	if minor < 0 {
		return Money{}, errors.Invalid("MONEY_NEGATIVE", "an amount must not be negative")
	}
	if !isCurrency(code) {
		return Money{}, errors.Invalid("MONEY_CURRENCY", "a currency is three letters, like USD")
	}
	return Money{minor: minor, currency: code}, nil
}

func isCurrency(code string) bool {
	if len(code) != 3 {
		return false
	}
	for _, letter := range code {
		if letter < 'A' || letter > 'Z' {
			return false
		}
	}
	return true
}

// Minor is the amount in minor units.
func (m Money) Minor() int64 { return m.minor }

// Currency is the upper-case ISO 4217 code.
func (m Money) Currency() string { return m.currency }

// IsZero says whether nothing would be paid.
func (m Money) IsZero() bool { return m.minor == 0 }

// Compare gives -1, 0 or 1. Amounts of two currencies do not compare.
func (m Money) Compare(other Money) (int, error) {
	if m.currency != other.currency {
		return 0, errors.Invalid("MONEY_CURRENCY_MIX", fmt.Sprintf("%s and %s do not compare", m.currency, other.currency))
	}
	switch {
	case m.minor < other.minor:
		return -1, nil
	case m.minor > other.minor:
		return 1, nil
	default:
		return 0, nil
	}
}

// String is for people: "12.34 USD".
func (m Money) String() string {
	return fmt.Sprintf("%d.%02d %s", m.minor/100, m.minor%100, m.currency)
}
