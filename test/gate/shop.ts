// A small Go program with everything that the gate looks at: a domain, a store, handlers, a main that wires them, and tests that assert.
import type { Files } from '../support/git-dir.ts'

/** The module's files at the base. All of it is formatted, wired, tested and green. */
export const shop: Files = {
  'go.mod': 'module example.com/shop\n\ngo 1.25\n',
  'main.go': `package main

import (
	"log"
	"net/http"

	"example.com/shop/internal/api"
	"example.com/shop/internal/store"
)

func main() {
	mux := http.NewServeMux()
	api.NewHandler(store.NewMemory()).Register(mux)
	log.Fatal(http.ListenAndServe("127.0.0.1:0", mux))
}
`,
  'internal/rate/rate.go': `// Package rate says what a call costs.
package rate

import "errors"

// ErrNegative is answered for a price below zero.
var ErrNegative = errors.New("negative price")

// Rate is a price per minute.
type Rate struct {
	Name  string
	Cents int64
}

// New makes a rate.
func New(name string, cents int64) (Rate, error) {
	if cents < 0 {
		return Rate{}, ErrNegative
	}
	return Rate{Name: name, Cents: cents}, nil
}

// Cost is the price of some minutes.
func (r Rate) Cost(minutes int64) int64 {
	return r.Cents * minutes
}

// Repository keeps rates.
type Repository interface {
	Find(name string) (Rate, bool)
	Save(r Rate)
}
`,
  'internal/rate/rate_test.go': `package rate

import "testing"

func TestNew(t *testing.T) {
	if _, err := New("peak", -1); err == nil {
		t.Error("a negative price is taken")
	}
	r, err := New("peak", 3)
	if err != nil {
		t.Fatal(err)
	}
	if r.Cents != 3 {
		t.Errorf("got %d cents", r.Cents)
	}
}

func TestCost(t *testing.T) {
	for name, want := range map[string]int64{"one": 3, "two": 6} {
		t.Run(name, func(t *testing.T) {
			if got := (Rate{Cents: 3}).Cost(want / 3); got != want {
				t.Errorf("got %d, want %d", got, want)
			}
		})
	}
}
`,
  'internal/store/memory.go': `// Package store keeps rates in memory.
package store

import (
	"sync"

	"example.com/shop/internal/rate"
)

// Memory is a rate.Repository.
type Memory struct {
	mu    sync.Mutex
	rates map[string]rate.Rate
}

// NewMemory makes an empty one.
func NewMemory() *Memory {
	return &Memory{rates: map[string]rate.Rate{}}
}

// Find answers a rate by its name.
func (m *Memory) Find(name string) (rate.Rate, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.rates[name]
	return r, ok
}

// Save keeps a rate.
func (m *Memory) Save(r rate.Rate) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.rates[r.Name] = r
}
`,
  'internal/store/memory_test.go': `package store

import (
	"testing"

	"example.com/shop/internal/rate"
)

func TestMemory(t *testing.T) {
	m := NewMemory()
	m.Save(rate.Rate{Name: "peak", Cents: 3})
	if _, ok := m.Find("peak"); !ok {
		t.Error("what was saved is not found")
	}
	if _, ok := m.Find("none"); ok {
		t.Error("what was not saved is found")
	}
}
`,
  'internal/api/handler.go': `// Package api answers requests.
package api

import (
	"encoding/json"
	"net/http"

	"example.com/shop/internal/rate"
)

// Handler serves rates.
type Handler struct {
	rates rate.Repository
}

// NewHandler makes one over a repository.
func NewHandler(rates rate.Repository) *Handler {
	return &Handler{rates: rates}
}

// Register mounts the routes.
func (h *Handler) Register(mux *http.ServeMux) {
	mux.HandleFunc("GET /rates/{name}", h.getRate)
	mux.HandleFunc("POST /rates", h.postRate)
}

func (h *Handler) getRate(w http.ResponseWriter, r *http.Request) {
	found, ok := h.rates.Find(r.PathValue("name"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]int64{"cost": found.Cost(1)})
}

func (h *Handler) postRate(w http.ResponseWriter, r *http.Request) {
	var body struct {
		Name  string
		Cents int64
	}
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		http.Error(w, "no JSON", http.StatusBadRequest)
		return
	}
	made, err := rate.New(body.Name, body.Cents)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	h.rates.Save(made)
	w.WriteHeader(http.StatusCreated)
}
`,
  'internal/api/handler_test.go': `package api

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"example.com/shop/internal/store"
)

func TestMissingRate(t *testing.T) {
	mux := http.NewServeMux()
	NewHandler(store.NewMemory()).Register(mux)
	answer := httptest.NewRecorder()
	mux.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/rates/none", nil))
	if answer.Code != http.StatusNotFound {
		t.Errorf("got %d", answer.Code)
	}
}
`,
}

/** The text of a file of the shop with some of it replaced. Errors: throws when the piece is not there, so that a case cannot be empty. */
export function edited(path: string, ...pieces: readonly (readonly [from: string, to: string])[]): string {
  const content = shop[path]
  if (typeof content !== 'string') throw new Error(`the shop has no ${path}`)
  return pieces.reduce((text, [from, to]) => {
    if (!text.includes(from)) throw new Error(`${path} has no ${JSON.stringify(from)}`)
    return text.replace(from, () => to)
  }, content)
}
