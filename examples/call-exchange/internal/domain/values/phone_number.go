package values

import (
	"strings"

	"example.com/call-exchange/internal/domain/errors"
)

// PhoneNumber is a number in E.164: a plus sign and 8 to 15 digits, the first of them not zero.
type PhoneNumber struct {
	e164 string
}

// NewPhoneNumber takes E.164 with blanks, dashes, dots and parentheses between the digits.
func NewPhoneNumber(text string) (PhoneNumber, error) {
	plain := strings.NewReplacer(" ", "", "-", "", ".", "", "(", "", ")", "").Replace(text)
	digits, hasPlus := strings.CutPrefix(plain, "+")
	if !hasPlus || len(digits) < 8 || len(digits) > 15 || digits[0] == '0' {
		return PhoneNumber{}, errors.Invalid("PHONE_FORMAT", "a phone number is written in E.164, like +14155550123")
	}
	for _, digit := range digits {
		if digit < '0' || digit > '9' {
			return PhoneNumber{}, errors.Invalid("PHONE_FORMAT", "a phone number holds digits only after its plus sign")
		}
	}
	return PhoneNumber{e164: "+" + digits}, nil
}

// String is the number in E.164.
func (p PhoneNumber) String() string { return p.e164 }
