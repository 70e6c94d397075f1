package main

import "fmt"

// bounded keeps the first and the last half of what is written, and counts what lies between.
type bounded struct {
	half         int
	head, tail   []byte
	droppedBytes int64
}

func newBounded(maxBytes int) *bounded {
	return &bounded{half: max(1, maxBytes/2)}
}

// Write never fails.
func (b *bounded) Write(part []byte) (int, error) {
	written := len(part)
	if room := b.half - len(b.head); room > 0 {
		first := part[:min(room, len(part))]
		b.head = append(b.head, first...)
		part = part[len(first):]
	}
	b.tail = append(b.tail, part...)
	// Cut now and then, not at every write.
	if len(b.tail) > 2*b.half {
		b.trim()
	}
	return written, nil
}

func (b *bounded) trim() {
	if surplus := len(b.tail) - b.half; surplus > 0 {
		b.droppedBytes += int64(surplus)
		b.tail = append(b.tail[:0], b.tail[surplus:]...)
	}
}

func (b *bounded) dropped() int64 { return b.droppedBytes }

// text is what was kept, with a line that says how much was not. After it nothing may be written.
func (b *bounded) text() string {
	b.trim()
	gap := ""
	if b.droppedBytes > 0 {
		gap = fmt.Sprintf("\n… %d bytes dropped …\n", b.droppedBytes)
	}
	return string(b.head) + gap + string(b.tail)
}
