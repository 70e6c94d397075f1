// Tool output -> the same text on any machine and at any time: what may differ without meaning gets a fixed word.

/** Replacements in order: temporary and cache paths, durations, hashes, Go versions, line ends. */
const rules: readonly (readonly [RegExp, string])[] = [
  [/\r\n/g, '\n'],
  [/(?:\/private)?\/(?:tmp|var\/folders|root|home\/[^/\s]+|Users\/[^/\s]+)\/[^\s:'")]*/g, '<path>'],
  [/\bgo1\.\d+(?:\.\d+)?\b/g, '<go>'],
  [/\bgo version \S+ \S+/g, 'go version <go>'],
  [/\b\d+(?:\.\d+)?\s?(?:ns|µs|us|ms|s|m)(?:\/op)?\b/g, '<time>'],
  [/\b[0-9a-f]{40}\b|\b[0-9a-f]{64}\b/g, '<hash>'],
  [/\b0x[0-9a-f]+\b/g, '<address>'],
  [/\(cached\)/g, '<time>'],
]

/** The text with paths, durations, hashes, addresses and Go versions replaced. */
export function normalise(text: string): string {
  return rules.reduce((sum, [pattern, word]) => sum.replace(pattern, word), text)
}
