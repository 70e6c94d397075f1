// A YAML block of a specification (`- name: ConsentRecord` with what belongs to it) -> its named entries. Read by lines: such blocks are often no valid YAML.

/** One entry: its name and all of its lines, white space collapsed. `line`: within the block, from 0. */
export interface NamedEntry {
  readonly name: string
  readonly text: string
  readonly line: number
}

/** Entries of a list whose items begin with `name:`, in order. None for any other text. */
export function namedEntriesOf(code: string): readonly NamedEntry[] {
  const lines = code.split('\n')
  return lines.flatMap((line, index) => {
    const entry = /^(?<indent>\s*)-\s+name:\s*["']?(?<name>[\w.-]+)/u.exec(line)?.groups
    if (entry === undefined) return []
    const depth = entry['indent']!.length
    const end = lines.findIndex((other, at) => at > index && other.trim() !== '' && indentOf(other) <= depth)
    const own = lines.slice(index, end < 0 ? lines.length : end).filter((each) => each.trim() !== '')
    return [
      {
        name: entry['name']!,
        text: own
          .map((each) => each.trim())
          .join(' ')
          .replace(/^-\s+/u, ''),
        line: index,
      },
    ]
  })
}

function indentOf(line: string): number {
  return /^\s*/u.exec(line)![0].length
}
