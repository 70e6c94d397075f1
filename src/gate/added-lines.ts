// A unified diff -> the lines of each new file version that were added or changed.

/** Line numbers (from 1) per path of the new side. Files that are gone, or binary, are not in it. */
export function addedLines(diff: string): ReadonlyMap<string, ReadonlySet<number>> {
  const found = new Map<string, Set<number>>()
  let lines: Set<number> | undefined
  let [next, left] = [0, 0]
  for (const line of diff.split('\n')) {
    const hunk = left === 0 ? /^@@ -\d+(?:,\d+)? \+(\d+)(?:,(\d+))? @@/.exec(line) : null
    if (hunk !== null) [next, left] = [Number(hunk[1]), Number(hunk[2] ?? 1)]
    else if (left > 0 && line.startsWith('+')) {
      lines?.add(next)
      next += 1
      left -= 1
    } else if (left > 0 && (line.startsWith(' ') || line === '')) {
      next += 1
      left -= 1
    } else if (line.startsWith('+++ ')) {
      lines = new Set()
      const path = newPath(line.slice(4))
      if (path !== undefined) found.set(path, lines)
    }
  }
  return found
}

// git quotes paths with unusual bytes, and ends those with blanks by a tab.
function newPath(text: string): string | undefined {
  const path = text.startsWith('"') ? unquote(text) : text.replace(/\t$/, '')
  return path === '/dev/null' ? undefined : path.replace(/^b\//, '')
}

function unquote(text: string): string {
  const bytes: number[] = []
  const plain = { n: 10, t: 9, r: 13, '"': 34, '\\': 92 } as Readonly<Record<string, number>>
  for (const match of text.slice(1, text.lastIndexOf('"')).matchAll(/\\([0-7]{3})|\\(.)|([^\\]+)/g)) {
    if (match[1] !== undefined) bytes.push(Number.parseInt(match[1], 8))
    else if (match[2] !== undefined) bytes.push(plain[match[2]] ?? match[2].charCodeAt(0))
    else bytes.push(...Buffer.from(match[3] ?? '', 'utf8'))
  }
  return Buffer.from(bytes).toString('utf8')
}
