// Package rest is the HTTP door: JSON in, JSON out, errors with codes.
package rest

import (
	"log/slog"
	"net/http"

	"example.com/call-exchange/internal/service/bidding"
	"example.com/call-exchange/internal/service/buyers"
	"example.com/call-exchange/internal/service/calls"
)

// Services are what the handlers call.
type Services struct {
	Calls   *calls.Service
	Bidding *bidding.Service
	Buyers  *buyers.Service
}

// NewRouter registers every route of the API. Nothing else does.
func NewRouter(services Services, logger *slog.Logger) http.Handler {
	callsAPI := &callHandlers{calls: services.Calls}
	bidsAPI := &bidHandlers{bidding: services.Bidding}
	buyersAPI := &buyerHandlers{buyers: services.Buyers}

	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", health)
	mux.HandleFunc("POST /api/v1/calls", callsAPI.receive)
	mux.HandleFunc("GET /api/v1/calls", callsAPI.list)
	mux.HandleFunc("GET /api/v1/calls/{id}", callsAPI.find)
	mux.HandleFunc("POST /api/v1/calls/{id}/end", callsAPI.end)
	mux.HandleFunc("POST /api/v1/calls/{id}/bids", bidsAPI.place)
	mux.HandleFunc("GET /api/v1/calls/{id}/bids", bidsAPI.list)
	mux.HandleFunc("POST /api/v1/calls/{id}/sell", bidsAPI.sell)
	mux.HandleFunc("POST /api/v1/buyers", buyersAPI.register)
	mux.HandleFunc("GET /api/v1/buyers/{id}", buyersAPI.find)
	mux.HandleFunc("POST /api/v1/buyers/{id}/suspend", buyersAPI.suspend)
	return withRequestID(withRecovery(logger, mux))
}

func health(w http.ResponseWriter, _ *http.Request) {
	writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
}
