// Package errors holds the one error type that crosses layers: a kind that callers act on and a code that clients read.
package errors

import (
	"errors"
	"fmt"
)

// Kind says what a caller can do about an error.
type Kind string

// The kinds, from the caller's fault to ours.
const (
	KindInvalid  Kind = "invalid"
	KindNotFound Kind = "not_found"
	KindConflict Kind = "conflict"
	KindLimited  Kind = "limited"
	KindInternal Kind = "internal"
)

// AppError is an expected failure with a stable code.
type AppError struct {
	Kind    Kind
	Code    string
	Message string
	Cause   error
}

// Error implements error. The cause is for logs, so it comes last.
func (e *AppError) Error() string {
	if e.Cause == nil {
		return fmt.Sprintf("%s: %s", e.Code, e.Message)
	}
	return fmt.Sprintf("%s: %s: %v", e.Code, e.Message, e.Cause)
}

// Unwrap gives the cause.
func (e *AppError) Unwrap() error { return e.Cause }

// Status is the HTTP status that stands for the kind.
func (e *AppError) Status() int {
	switch e.Kind {
	case KindInvalid:
		return 400
	case KindNotFound:
		return 404
	case KindConflict:
		return 409
	case KindLimited:
		return 429
	default:
		return 500
	}
}

// Invalid is a failure of what the caller sent.
func Invalid(code, message string) *AppError {
	return &AppError{Kind: KindInvalid, Code: code, Message: message}
}

// NotFound says that something the caller named does not exist.
func NotFound(code, message string) *AppError {
	return &AppError{Kind: KindNotFound, Code: code, Message: message}
}

// Conflict says that the state of a thing forbids what was asked.
func Conflict(code, message string) *AppError {
	return &AppError{Kind: KindConflict, Code: code, Message: message}
}

// Limited says that the caller has used up what it may use.
func Limited(code, message string) *AppError {
	return &AppError{Kind: KindLimited, Code: code, Message: message}
}

// Internal wraps a failure of the machinery below.
func Internal(code string, cause error) *AppError {
	return &AppError{Kind: KindInternal, Code: code, Message: "the request could not be completed", Cause: cause}
}

// From gives the AppError in err's chain; anything else becomes an internal one.
func From(err error) *AppError {
	var app *AppError
	if errors.As(err, &app) {
		return app
	}
	return Internal("INTERNAL", err)
}
