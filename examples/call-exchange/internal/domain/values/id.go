package values

import (
	"crypto/rand"
	"encoding/hex"
)

// NewID gives 128 random bits in lower-case hexadecimal.
func NewID() string {
	var bits [16]byte
	// crypto/rand.Read never fails: it ends the program when the system has no randomness.
	_, _ = rand.Read(bits[:])
	return hex.EncodeToString(bits[:])
}
