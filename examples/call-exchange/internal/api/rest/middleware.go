package rest

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"

	"example.com/call-exchange/internal/domain/errors"
	"example.com/call-exchange/internal/domain/values"
)

const (
	requestIDHeader    = "X-Request-ID"
	maxRequestIDLength = 64
)

type requestIDKey struct{}

// withRequestID keeps the caller's id when it is short, else gives a new one, and sends it back.
func withRequestID(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get(requestIDHeader)
		if id == "" || len(id) > maxRequestIDLength {
			id = values.NewID()
		}
		w.Header().Set(requestIDHeader, id)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestIDKey{}, id)))
	})
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestIDKey{}).(string)
	return id
}

// withRecovery answers a handler's panic with an error and logs it. The server's own way to drop a connection is let through.
func withRecovery(logger *slog.Logger, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		defer func() {
			cause := recover()
			if cause == nil {
				return
			}
			if cause == http.ErrAbortHandler {
				panic(cause)
			}
			logger.ErrorContext(r.Context(), "handler panicked", "cause", cause, "path", r.URL.Path, "request_id", requestID(r.Context()))
			writeError(w, r, errors.Internal("PANIC", fmt.Errorf("%v", cause)))
		}()
		next.ServeHTTP(w, r)
	})
}
