package rest

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"example.com/call-exchange/internal/infrastructure/events"
	"example.com/call-exchange/internal/infrastructure/repository"
	"example.com/call-exchange/internal/service/bidding"
	"example.com/call-exchange/internal/service/buyers"
	"example.com/call-exchange/internal/service/calls"
)

func newServer(t *testing.T) *httptest.Server {
	t.Helper()
	publisher := events.NewMemoryPublisher()
	stores := bidding.Stores{
		Calls: repository.NewMemoryCalls(), Bids: repository.NewMemoryBids(), Buyers: repository.NewMemoryBuyers(),
	}
	router := NewRouter(Services{
		Calls:   calls.NewService(stores.Calls, publisher, time.Now),
		Bidding: bidding.NewService(stores, publisher, time.Now),
		Buyers:  buyers.NewService(stores.Buyers, publisher, time.Now),
	}, slog.New(slog.NewTextHandler(io.Discard, nil)))
	server := httptest.NewServer(router)
	t.Cleanup(server.Close)
	return server
}

func send(t *testing.T, method, url, body string) (int, map[string]any) {
	t.Helper()
	request, err := http.NewRequest(method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.Header.Get("X-Request-ID") == "" {
		t.Error("the response has no request id")
	}
	var got map[string]any
	if err := json.NewDecoder(response.Body).Decode(&got); err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return response.StatusCode, got
}

func TestACallIsSoldToItsBuyer(t *testing.T) {
	base := newServer(t).URL + "/api/v1"
	status, buyer := send(t, "POST", base+"/buyers", `{"name":"Acme","phone":"+14155550199"}`)
	if status != 201 {
		t.Fatalf("register: %d %v", status, buyer)
	}
	status, received := send(t, "POST", base+"/calls", `{"from":"+14155550123","floor_minor":500,"currency":"usd"}`)
	if status != 201 {
		t.Fatalf("receive: %d %v", status, received)
	}
	callURL := base + "/calls/" + received["id"].(string)
	status, placed := send(t, "POST", callURL+"/bids", `{"buyer_id":"`+buyer["id"].(string)+`","amount_minor":600,"currency":"USD"}`)
	if status != 201 {
		t.Fatalf("bid: %d %v", status, placed)
	}
	status, sold := send(t, "POST", callURL+"/sell", "")
	if status != 200 || sold["buyer_id"] != buyer["id"] {
		t.Fatalf("sell: %d %v", status, sold)
	}
	if status, ended := send(t, "POST", callURL+"/end", ""); status != 200 || ended["ended_at"] == nil {
		t.Errorf("end: %d %v", status, ended)
	}
	if status, list := send(t, "GET", base+"/calls", ""); status != 200 || len(list["calls"].([]any)) != 0 {
		t.Errorf("list: %d %v", status, list)
	}
}

func TestErrorsHaveCodes(t *testing.T) {
	base := newServer(t).URL + "/api/v1"
	cases := map[string]struct {
		method, path, body string
		status             int
		code               string
	}{
		"no json":       {"POST", "/calls", `floor`, 400, "BODY"},
		"unknown field": {"POST", "/buyers", `{"name":"Acme","vip":true}`, 400, "BODY"},
		"bad number":    {"POST", "/buyers", `{"name":"Acme","phone":"12"}`, 400, "PHONE_FORMAT"},
		"unknown call":  {"GET", "/calls/none", "", 404, "CALL_NOT_FOUND"},
		"unknown buyer": {"POST", "/buyers/none/suspend", "", 404, "BUYER_NOT_FOUND"},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			status, got := send(t, tc.method, base+tc.path, tc.body)
			detail, _ := got["error"].(map[string]any)
			if status != tc.status || detail["code"] != tc.code || detail["request_id"] == "" {
				t.Errorf("%d %v, want %d %s", status, got, tc.status, tc.code)
			}
		})
	}
}

func TestAPanicIsAnsweredAndTheIDKept(t *testing.T) {
	boom := http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("boom") })
	handler := withRequestID(withRecovery(slog.New(slog.NewTextHandler(io.Discard, nil)), boom))
	request := httptest.NewRequest("GET", "/", nil)
	request.Header.Set("X-Request-ID", "abc")
	recorder := httptest.NewRecorder()
	handler.ServeHTTP(recorder, request)
	if recorder.Code != 500 || !strings.Contains(recorder.Body.String(), `"request_id":"abc"`) {
		t.Errorf("%d %s", recorder.Code, recorder.Body)
	}
}
