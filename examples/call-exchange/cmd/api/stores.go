package main

import (
	"database/sql"
	"fmt"
	"slices"

	"example.com/call-exchange/internal/infrastructure/repository"
	"example.com/call-exchange/internal/service/bidding"
)

// postgresDriver is the name under which a PostgreSQL driver registers itself. A build that wants PostgreSQL imports one.
const postgresDriver = "pgx"

// stores are all repositories of the program.
type stores struct {
	bidding.Stores
}

// openStores keeps everything in memory without a database URL, in PostgreSQL with one.
func openStores(databaseURL string) (stores, error) {
	if databaseURL == "" {
		return memoryStores(), nil
	}
	if !slices.Contains(sql.Drivers(), postgresDriver) {
		return stores{}, fmt.Errorf("DATABASE_URL is set, but this build links no %q driver: import one in cmd/api, or unset DATABASE_URL", postgresDriver)
	}
	db, err := sql.Open(postgresDriver, databaseURL)
	if err != nil {
		return stores{}, fmt.Errorf("opening the database: %w", err)
	}
	return postgresStores(db), nil
}

func memoryStores() stores {
	return stores{
		Stores: bidding.Stores{
			Calls:  repository.NewMemoryCalls(),
			Bids:   repository.NewMemoryBids(),
			Buyers: repository.NewMemoryBuyers(),
		},
	}
}

func postgresStores(db *sql.DB) stores {
	return stores{
		Stores: bidding.Stores{
			Calls:  repository.NewPostgresCalls(db),
			Bids:   repository.NewPostgresBids(db),
			Buyers: repository.NewPostgresBuyers(db),
		},
	}
}
