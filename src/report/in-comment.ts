// What is said for a terminal -> the same for a comment on GitHub: commands as they are typed there. Pure; the one place that knows the difference.
import { commandHelp } from '../run/parse-command.ts'

const names = commandHelp.map(({ name }) => name).join('|')

/** A new run wants a command in a terminal, and the label in GitHub. */
const newRun = /`dce run\b[^`\n]*`|^dce run\b.*$/gmu
/** `dce pr`, which opens what the App has opened. */
const onlyThere = /^.*\bdce pr\b.*\n?/gmu
const command = new RegExp(String.raw`(?<![/\w])dce (?=(?:${names})\b)`, 'gu')

/** `dce retry x --run r` becomes `/dce retry x`: a comment stands on its run's thread. Commands that only a terminal has stay as they are. */
export function inComment(text: string): string {
  return text
    .replaceAll(onlyThere, '')
    .replaceAll(newRun, 'set the label again')
    .replaceAll(command, '/dce ')
    .replaceAll(/(?<=\/dce [^`\n]*) --run [\w-]+/gu, '')
}

/** A command as code, other advice as it is. */
export function asAdvice(next: string): string {
  const said = inComment(next)
  return said.startsWith('/dce ') ? `\`${said}\`` : said
}
