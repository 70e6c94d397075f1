// Command api serves the call exchange over HTTP.
package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"example.com/call-exchange/internal/api/rest"
	"example.com/call-exchange/internal/domain/event"
	"example.com/call-exchange/internal/infrastructure/events"
	"example.com/call-exchange/internal/service/bidding"
	"example.com/call-exchange/internal/service/buyers"
	"example.com/call-exchange/internal/service/calls"
)

const shutdownTime = 10 * time.Second

func main() {
	logger := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if err := run(logger); err != nil {
		logger.Error("stopped", "error", err)
		os.Exit(1)
	}
}

func run(logger *slog.Logger) error {
	kept, err := openStores(os.Getenv("DATABASE_URL"))
	if err != nil {
		return err
	}
	address := os.Getenv("ADDRESS")
	if address == "" {
		address = ":8080"
	}
	server := &http.Server{Addr: address, Handler: newHandler(kept, logger), ReadHeaderTimeout: 5 * time.Second}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	failed := make(chan error, 1)
	go func() { failed <- server.ListenAndServe() }()
	logger.Info("listening", "address", address)
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	closing, cancel := context.WithTimeout(context.Background(), shutdownTime)
	defer cancel()
	if err := server.Shutdown(closing); err != nil && !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// newHandler puts the program together.
func newHandler(kept stores, logger *slog.Logger) http.Handler {
	publisher := events.NewMemoryPublisher()
	publisher.Subscribe(func(ctx context.Context, happened event.Event) error {
		logger.InfoContext(ctx, "event", "name", happened.EventName(), "at", happened.OccurredAt())
		return nil
	})
	return rest.NewRouter(rest.Services{
		Calls:   calls.NewService(kept.Calls, publisher, time.Now),
		Bidding: bidding.NewService(kept.Stores, publisher, time.Now),
		Buyers:  buyers.NewService(kept.Buyers, publisher, time.Now),
	}, logger)
}
