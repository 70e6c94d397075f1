package rest

import (
	"net/http"
	"time"

	"example.com/call-exchange/internal/domain/buyer"
	"example.com/call-exchange/internal/domain/values"
	"example.com/call-exchange/internal/service/buyers"
)

type buyerHandlers struct {
	buyers *buyers.Service
}

type registerBuyerRequest struct {
	Name  string `json:"name"`
	Phone string `json:"phone"`
}

type buyerResponse struct {
	ID           string    `json:"id"`
	Name         string    `json:"name"`
	Phone        string    `json:"phone"`
	Active       bool      `json:"active"`
	RegisteredAt time.Time `json:"registered_at"`
}

func toBuyerResponse(one *buyer.Buyer) buyerResponse {
	state := one.State()
	return buyerResponse{
		ID: state.ID, Name: state.Name, Phone: state.Phone.String(), Active: state.Active, RegisteredAt: state.RegisteredAt,
	}
}

func (h *buyerHandlers) register(w http.ResponseWriter, r *http.Request) {
	var request registerBuyerRequest
	if err := readJSON(w, r, &request); err != nil {
		writeError(w, r, err)
		return
	}
	phone, err := values.NewPhoneNumber(request.Phone)
	if err != nil {
		writeError(w, r, err)
		return
	}
	one, err := h.buyers.Register(r.Context(), request.Name, phone)
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, toBuyerResponse(one))
}

func (h *buyerHandlers) find(w http.ResponseWriter, r *http.Request) {
	one, err := h.buyers.Find(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, toBuyerResponse(one))
}

func (h *buyerHandlers) suspend(w http.ResponseWriter, r *http.Request) {
	one, err := h.buyers.Suspend(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, toBuyerResponse(one))
}
