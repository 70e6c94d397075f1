// Package call holds the calls that are sold.
package call

import (
	"time"

	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/values"
)

// Status is where a call stands.
type Status string

// A call goes from available to sold to ended, or from available to ended when nobody wanted it.
const (
	StatusAvailable Status = "available"
	StatusSold      Status = "sold"
	StatusEnded     Status = "ended"
)

// State is all that is kept of a call.
type State struct {
	ID         string
	From       values.PhoneNumber
	Floor      values.Money
	Status     Status
	BuyerID    string
	ReceivedAt time.Time
	EndedAt    time.Time
}

// Call is an incoming call that waits for the best bid.
type Call struct {
	state State
}

// New receives a call. Bids below the floor are not taken.
func New(from values.PhoneNumber, floor values.Money, at time.Time) (*Call, error) {
	if from.String() == "" {
		return nil, errors.Invalid("CALL_FROM", "a call comes from a phone number")
	}
	if floor.Currency() == "" {
		return nil, errors.Invalid("CALL_FLOOR", "a call has a floor price")
	}
	state := State{ID: values.NewID(), From: from, Floor: floor, Status: StatusAvailable, ReceivedAt: at.UTC()}
	return &Call{state}, nil
}

// Restore gives a call as it was kept.
func Restore(state State) *Call { return &Call{state} }

// State is a copy of what is kept.
func (c *Call) State() State { return c.state }

// ID identifies the call.
func (c *Call) ID() string { return c.state.ID }

// Takes fails when a bid of that amount cannot be placed now.
func (c *Call) Takes(amount values.Money) error {
	if c.state.Status != StatusAvailable {
		return errors.Conflict("CALL_NOT_AVAILABLE", "bids are taken for available calls only")
	}
	order, err := amount.Compare(c.state.Floor)
	if err != nil {
		return err
	}
	if order < 0 {
		return errors.Invalid("BID_BELOW_FLOOR", "the bid is below the call's floor of "+c.state.Floor.String())
	}
	return nil
}

// SellTo gives the call to a buyer.
func (c *Call) SellTo(buyerID string) error {
	if c.state.Status != StatusAvailable {
		return errors.Conflict("CALL_NOT_AVAILABLE", "only an available call can be sold")
	}
	c.state.Status = StatusSold
	c.state.BuyerID = buyerID
	return nil
}

// End closes the call, sold or not.
func (c *Call) End(at time.Time) error {
	if c.state.Status == StatusEnded {
		return errors.Conflict("CALL_ENDED", "the call has ended already")
	}
	if at.Before(c.state.ReceivedAt) {
		return errors.Invalid("CALL_END_TIME", "a call cannot end before it came in")
	}
	c.state.Status = StatusEnded
	c.state.EndedAt = at.UTC()
	return nil
}
