package rest

import (
	"net/http"
	"time"

	"example.com/call-exchange/internal/domain/bid"
	"example.com/call-exchange/internal/domain/values"
	"example.com/call-exchange/internal/service/bidding"
)

type bidHandlers struct {
	bidding *bidding.Service
}

type placeBidRequest struct {
	BuyerID     string `json:"buyer_id"`
	AmountMinor int64  `json:"amount_minor"`
	Currency    string `json:"currency"`
}

type bidResponse struct {
	ID          string    `json:"id"`
	CallID      string    `json:"call_id"`
	BuyerID     string    `json:"buyer_id"`
	AmountMinor int64     `json:"amount_minor"`
	Currency    string    `json:"currency"`
	Status      string    `json:"status"`
	PlacedAt    time.Time `json:"placed_at"`
}

func toBidResponse(one *bid.Bid) bidResponse {
	state := one.State()
	return bidResponse{
		ID: state.ID, CallID: state.CallID, BuyerID: state.BuyerID, AmountMinor: state.Amount.Minor(),
		Currency: state.Amount.Currency(), Status: string(state.Status), PlacedAt: state.PlacedAt,
	}
}

func (h *bidHandlers) place(w http.ResponseWriter, r *http.Request) {
	var request placeBidRequest
	if err := readJSON(w, r, &request); err != nil {
		writeError(w, r, err)
		return
	}
	amount, err := values.NewMoney(request.AmountMinor, request.Currency)
	if err != nil {
		writeError(w, r, err)
		return
	}
	one, err := h.bidding.Place(r.Context(), r.PathValue("id"), request.BuyerID, amount)
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, toBidResponse(one))
}

func (h *bidHandlers) list(w http.ResponseWriter, r *http.Request) {
	found, err := h.bidding.List(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, r, err)
		return
	}
	responses := make([]bidResponse, len(found))
	for i, one := range found {
		responses[i] = toBidResponse(one)
	}
	writeJSON(w, http.StatusOK, map[string][]bidResponse{"bids": responses})
}

func (h *bidHandlers) sell(w http.ResponseWriter, r *http.Request) {
	sold, err := h.bidding.Sell(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, toCallResponse(sold))
}
