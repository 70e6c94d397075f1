package rest

import (
	"net/http"
	"time"

	"example.com/call-exchange/internal/domain/call"
	"example.com/call-exchange/internal/domain/values"
	"example.com/call-exchange/internal/service/calls"
)

type callHandlers struct {
	calls *calls.Service
}

type receiveCallRequest struct {
	From       string `json:"from"`
	FloorMinor int64  `json:"floor_minor"`
	Currency   string `json:"currency"`
}

type callResponse struct {
	ID         string     `json:"id"`
	From       string     `json:"from"`
	FloorMinor int64      `json:"floor_minor"`
	Currency   string     `json:"currency"`
	Status     string     `json:"status"`
	BuyerID    string     `json:"buyer_id,omitempty"`
	ReceivedAt time.Time  `json:"received_at"`
	EndedAt    *time.Time `json:"ended_at,omitempty"`
}

func toCallResponse(one *call.Call) callResponse {
	state := one.State()
	response := callResponse{
		ID: state.ID, From: state.From.String(), FloorMinor: state.Floor.Minor(), Currency: state.Floor.Currency(),
		Status: string(state.Status), BuyerID: state.BuyerID, ReceivedAt: state.ReceivedAt,
	}
	if !state.EndedAt.IsZero() {
		response.EndedAt = &state.EndedAt
	}
	return response
}

func (h *callHandlers) receive(w http.ResponseWriter, r *http.Request) {
	var request receiveCallRequest
	if err := readJSON(w, r, &request); err != nil {
		writeError(w, r, err)
		return
	}
	from, err := values.NewPhoneNumber(request.From)
	if err != nil {
		writeError(w, r, err)
		return
	}
	floor, err := values.NewMoney(request.FloorMinor, request.Currency)
	if err != nil {
		writeError(w, r, err)
		return
	}
	one, err := h.calls.Receive(r.Context(), from, floor)
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusCreated, toCallResponse(one))
}

func (h *callHandlers) list(w http.ResponseWriter, r *http.Request) {
	found, err := h.calls.ListAvailable(r.Context())
	if err != nil {
		writeError(w, r, err)
		return
	}
	responses := make([]callResponse, len(found))
	for i, one := range found {
		responses[i] = toCallResponse(one)
	}
	writeJSON(w, http.StatusOK, map[string][]callResponse{"calls": responses})
}

func (h *callHandlers) find(w http.ResponseWriter, r *http.Request) {
	one, err := h.calls.Find(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, toCallResponse(one))
}

func (h *callHandlers) end(w http.ResponseWriter, r *http.Request) {
	one, err := h.calls.End(r.Context(), r.PathValue("id"))
	if err != nil {
		writeError(w, r, err)
		return
	}
	writeJSON(w, http.StatusOK, toCallResponse(one))
}
