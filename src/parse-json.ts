// A text that may be JSON -> its value. Pure.

/** Undefined for what is no JSON: whoever reads it checks the shape anyway. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
