// Texts of tools that mean the same read the same, on any machine and at any time; texts that do not stay apart.
import { expect, it } from 'vitest'
import { normalise } from '../../../src/adapters/anthropic/normalise.ts'

it.each([
  ['line ends', 'a\r\nb', 'a\nb'],
  ['temporary folders', 'open /tmp/dce-1a2b/w1/go.mod: no', 'open /tmp/other/go.mod: no'],
  ['temporary folders of macOS', '/private/var/folders/xy/T/a/b.go:3:1: x', '/tmp/q/b.go:3:1: x'],
  ['caches in a home', '/root/.cache/go-build/ab/cd-d (x)', '/home/me/.cache/go-build/ff-d (x)'],
  ['durations', 'ok  \texample.com/a\t0.012s', 'ok  \texample.com/a\t1.5s'],
  ['durations of two units', 'timed out after 1m30.5s', 'timed out after 2h0m3s'],
  ['durations with a blank', 'took 15 ms', 'took 3 s'],
  ['times of benchmarks', 'BenchmarkCharge 100 1052 ns/op', 'BenchmarkCharge 100 987.5 ns/op'],
  ['a cached result', 'ok  \texample.com/a\t(cached)', 'ok  \texample.com/a\t0.3s'],
  ['times of day', '2026-11-23T18:05:12.123Z start', '2027-01-01 00:00:00 start'],
  ['object names', `at ${'a1'.repeat(20)}`, `at ${'b2'.repeat(20)}`],
  ['addresses in panics', 'goroutine 1 at 0xc000012340', 'goroutine 1 at 0xc0000aa000'],
  ['ports', 'dial tcp 127.0.0.1:43211: refused', 'dial tcp 127.0.0.1:9999: refused'],
  ['versions of Go', 'go version go1.26.8 linux/amd64', 'go version go1.27 darwin/arm64'],
])('%s read the same', (_, one, other) => {
  expect(normalise(one)).toBe(normalise(other))
  expect(normalise(normalise(one))).toBe(normalise(one))
})

it.each([
  ['places', 'quota.go:31:2: undefined: X', 'quota.go:32:2: undefined: X'],
  ['counts', '3 tests failed', '4 tests failed'],
  ['names', 'undefined: Quota', 'undefined: Window'],
  ['words that only look like durations', 'type v2s struct', 'type v3s struct'],
  ['amounts', 'want 5m3 got 7', 'want 5m3 got 8'],
  ['endings of files', 'open /tmp/a/x.go: is a directory', 'open /tmp/a/x.go: permission denied'],
])('%s stay apart', (_, one, other) => {
  expect(normalise(one)).not.toBe(normalise(other))
})
