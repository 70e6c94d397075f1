// The text of a comment -> the commands in it: `/dce …` at the start of a line, outside of code. Pure.

/** Words of each command, without `/dce`, in order. A code block may show a command without giving it. */
export function commandsIn(text: string): readonly string[] {
  const commands: string[] = []
  let fence: string | undefined
  for (const line of text.split(/\r?\n/u)) {
    const mark = /^ {0,3}(?<mark>`{3,}|~{3,})/u.exec(line)?.groups?.['mark']
    if (fence !== undefined) {
      if (mark?.startsWith(fence) === true && line.trim() === mark) fence = undefined
      continue
    }
    if (mark !== undefined) {
      fence = mark
      continue
    }
    const words = /^\/dce(?:\s+(?<words>.*))?$/u.exec(line)
    if (words !== null) commands.push(words.groups?.['words']?.trim() ?? '')
  }
  return commands
}
