package values

import "testing"

func TestNewMoney(t *testing.T) {
	cases := map[string]struct {
		minor    int64
		currency string
		want     string
		wrong    bool
	}{
		"cents":            {1234, "USD", "12.34 USD", false},
		"lower case":       {5, " eur ", "0.05 EUR", false},
		"negative":         {-1, "USD", "", true},
		"unknown currency": {1, "DOLLAR", "", true},
		"digits":           {1, "U5D", "", true},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := NewMoney(tc.minor, tc.currency)
			if (err != nil) != tc.wrong {
				t.Fatalf("NewMoney() error = %v, wrong = %v", err, tc.wrong)
			}
			if err == nil && got.String() != tc.want {
				t.Errorf("String() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestMoneyComparesWithinOneCurrency(t *testing.T) {
	low, _ := NewMoney(100, "USD")
	high, _ := NewMoney(200, "USD")
	euro, _ := NewMoney(100, "EUR")
	if got, err := low.Compare(high); err != nil || got != -1 {
		t.Errorf("Compare(low, high) = %d, %v", got, err)
	}
	if got, err := high.Compare(low); err != nil || got != 1 {
		t.Errorf("Compare(high, low) = %d, %v", got, err)
	}
	if _, err := low.Compare(euro); err == nil {
		t.Error("dollars and euros compared")
	}
}

func TestNewPhoneNumber(t *testing.T) {
	cases := map[string]struct {
		text, want string
	}{
		"plain":        {"+14155550123", "+14155550123"},
		"with marks":   {"+1 (415) 555-0123", "+14155550123"},
		"without plus": {"14155550123", ""},
		"too short":    {"+1415", ""},
		"too long":     {"+1234567890123456", ""},
		"leading zero": {"+04155550123", ""},
		"letters":      {"+1415555HELP", ""},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			got, err := NewPhoneNumber(tc.text)
			if (err == nil) != (tc.want != "") {
				t.Fatalf("NewPhoneNumber(%q) error = %v", tc.text, err)
			}
			if got.String() != tc.want {
				t.Errorf("String() = %q, want %q", got, tc.want)
			}
		})
	}
}

func TestNewIDIsUnique(t *testing.T) {
	one, other := NewID(), NewID()
	if len(one) != 32 || one == other {
		t.Errorf("NewID() = %q and %q", one, other)
	}
}
