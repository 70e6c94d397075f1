// Tool output -> the same text on any machine and at any time: what may differ without meaning gets a fixed word.

/** Replacements in order: line ends, temporary and cache paths, ports, times and durations, hashes, Go versions. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/\r\n/g, '\n'],
  [/(?:\/private)?\/(?:tmp|var\/folders|root|home\/[^/\s]+|Users\/[^/\s]+)\/[^\s:'")]*/g, '<path>'],
  [/\/[^\s:'")]*\/dce\/repositories\/[^\s:'")]*/g, '<path>'],
  [/\bgo1\.\d+(?:\.\d+)?\b/g, '<go>'],
  [/\bgo version \S+ \S+/g, 'go version <go>'],
  [/\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?/g, '<time>'],
  [/\b\d+(?:\.\d+)?\s(?:ns|µs|us|ms|s|m)\b(?:\/op)?/g, '<time>'],
  [/\b(?:\d+(?:\.\d+)?(?:ns|µs|us|ms|s|m|h))+\b(?:\/op)?/g, '<time>'],
  [/\b(127\.0\.0\.1|localhost|\[::1\]):\d{4,5}\b/g, '$1:<port>'],
  [/\b[0-9a-f]{40}\b|\b[0-9a-f]{64}\b/g, '<hash>'],
  [/\b0x[0-9a-f]+\b/g, '<address>'],
  [/\(cached\)/g, '<time>'],
]

/** The text with paths, durations, hashes, addresses and Go versions replaced. */
export function normalise(text: string): string {
  return rules.reduce((sum, [pattern, word]) => sum.replace(pattern, word), text)
}
