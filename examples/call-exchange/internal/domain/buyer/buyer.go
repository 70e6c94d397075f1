// Package buyer holds those who pay for calls.
package buyer

import (
	"strings"
	"time"

	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/values"
)

const maxNameLength = 120

// State is all that is kept of a buyer.
type State struct {
	ID           string
	Name         string
	Phone        values.PhoneNumber
	Active       bool
	RegisteredAt time.Time
}

// Buyer takes calls at its phone number and pays what it bid.
type Buyer struct {
	state State
}

// New registers an active buyer.
func New(name string, phone values.PhoneNumber, at time.Time) (*Buyer, error) {
	trimmed := strings.TrimSpace(name)
	if trimmed == "" || len(trimmed) > maxNameLength {
		return nil, errors.Invalid("BUYER_NAME", "a buyer's name has 1 to 120 characters")
	}
	if phone.String() == "" {
		return nil, errors.Invalid("BUYER_PHONE", "a buyer has a phone number")
	}
	return &Buyer{State{ID: values.NewID(), Name: trimmed, Phone: phone, Active: true, RegisteredAt: at.UTC()}}, nil
}

// Restore gives a buyer as it was kept.
func Restore(state State) *Buyer { return &Buyer{state} }

// State is a copy of what is kept.
func (b *Buyer) State() State { return b.state }

// ID identifies the buyer.
func (b *Buyer) ID() string { return b.state.ID }

// CanBid fails for a buyer that is suspended.
func (b *Buyer) CanBid() error {
	if !b.state.Active {
		return errors.Conflict("BUYER_SUSPENDED", "a suspended buyer cannot bid")
	}
	return nil
}

// Suspend stops the buyer from bidding. Twice is as good as once.
func (b *Buyer) Suspend() { b.state.Active = false }
