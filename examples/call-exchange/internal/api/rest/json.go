package rest

import (
	"encoding/json"
	"net/http"

	"example.com/call-exchange/internal/domain/errors"
)

const maxBodyBytes = 64 << 10

type errorBody struct {
	Error errorDetail `json:"error"`
}

type errorDetail struct {
	Code      string `json:"code"`
	Message   string `json:"message"`
	RequestID string `json:"request_id"`
}

// readJSON reads one object without unknown fields.
func readJSON(w http.ResponseWriter, r *http.Request, into any) error {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxBodyBytes))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return errors.Invalid("BODY", "the body is not the JSON object that was expected: "+err.Error())
	}
	return nil
}

func writeJSON(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The status is sent already: a client that went away cannot be told more.
	_ = json.NewEncoder(w).Encode(body)
}

func writeError(w http.ResponseWriter, r *http.Request, err error) {
	app := errors.From(err)
	writeJSON(w, app.Status(), errorBody{errorDetail{Code: app.Code, Message: app.Message, RequestID: requestID(r.Context())}})
}
