package errors

import (
	"errors"
	"fmt"
	"testing"
)

func TestStatusFollowsKind(t *testing.T) {
	cases := map[string]struct {
		err    *AppError
		status int
	}{
		"invalid":   {Invalid("A", "a"), 400},
		"not found": {NotFound("B", "b"), 404},
		"conflict":  {Conflict("C", "c"), 409},
		"limited":   {Limited("D", "d"), 429},
		"internal":  {Internal("E", errors.New("disk")), 500},
	}
	for name, tc := range cases {
		t.Run(name, func(t *testing.T) {
			if got := tc.err.Status(); got != tc.status {
				t.Errorf("Status() = %d, want %d", got, tc.status)
			}
		})
	}
}

func TestFromFindsAppErrorInChain(t *testing.T) {
	inner := Conflict("TAKEN", "taken")
	if got := From(fmt.Errorf("saving: %w", inner)); got != inner {
		t.Errorf("From() = %v, want the wrapped error", got)
	}
	cause := errors.New("boom")
	got := From(cause)
	if got.Kind != KindInternal || !errors.Is(got, cause) {
		t.Errorf("From(plain) = %v, want an internal error that wraps it", got)
	}
}
