// Package bid holds what buyers offer for calls.
package bid

import (
	"time"

	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/values"
)

// Status is where a bid stands.
type Status string

// A bid is placed, then won or lost.
const (
	StatusPlaced Status = "placed"
	StatusWon    Status = "won"
	StatusLost   Status = "lost"
)

// MaxPerCall is how many bids one call takes.
const MaxPerCall = 100

// State is all that is kept of a bid.
type State struct {
	ID       string
	CallID   string
	BuyerID  string
	Amount   values.Money
	Status   Status
	PlacedAt time.Time
}

// Bid is one buyer's offer for one call.
type Bid struct {
	state State
}

// New places a bid. An offer of nothing is none.
func New(callID, buyerID string, amount values.Money, at time.Time) (*Bid, error) {
	if callID == "" || buyerID == "" {
		return nil, errors.Invalid("BID_PARTIES", "a bid names a call and a buyer")
	}
	if amount.IsZero() {
		return nil, errors.Invalid("BID_AMOUNT", "a bid offers more than nothing")
	}
	state := State{ID: values.NewID(), CallID: callID, BuyerID: buyerID, Amount: amount, Status: StatusPlaced, PlacedAt: at.UTC()}
	return &Bid{state}, nil
}

// Restore gives a bid as it was kept.
func Restore(state State) *Bid { return &Bid{state} }

// State is a copy of what is kept.
func (b *Bid) State() State { return b.state }

// Win marks the bid that got the call.
func (b *Bid) Win() error { return b.settle(StatusWon) }

// Lose marks a bid that did not.
func (b *Bid) Lose() error { return b.settle(StatusLost) }

func (b *Bid) settle(status Status) error {
	if b.state.Status != StatusPlaced {
		return errors.Conflict("BID_SETTLED", "the bid is settled already")
	}
	b.state.Status = status
	return nil
}

// Best gives the highest of the placed bids, the earliest among equals; nil when there is none. All are of one currency.
func Best(bids []*Bid) *Bid {
	var best *Bid
	for _, one := range bids {
		if one.state.Status != StatusPlaced {
			continue
		}
		if best == nil || one.beats(best) {
			best = one
		}
	}
	return best
}

func (b *Bid) beats(other *Bid) bool {
	if b.state.Amount.Minor() != other.state.Amount.Minor() {
		return b.state.Amount.Minor() > other.state.Amount.Minor()
	}
	return b.state.PlacedAt.Before(other.state.PlacedAt)
}
