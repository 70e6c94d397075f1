package main

import (
	"io"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestHandlerIsServedFromMemory(t *testing.T) {
	kept, err := openStores("")
	if err != nil {
		t.Fatal(err)
	}
	recorder := httptest.NewRecorder()
	newHandler(kept, slog.New(slog.NewTextHandler(io.Discard, nil))).ServeHTTP(recorder, httptest.NewRequest("GET", "/healthz", nil))
	if recorder.Code != 200 {
		t.Errorf("GET /healthz = %d", recorder.Code)
	}
}

func TestDatabaseWithoutDriverIsSaid(t *testing.T) {
	_, err := openStores("postgres://localhost/calls")
	if err == nil || !strings.Contains(err.Error(), "driver") {
		t.Errorf("openStores() = %v, want an error that names the driver", err)
	}
}
