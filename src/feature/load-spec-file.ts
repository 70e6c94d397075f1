// A path -> the text of a specification file, or a fault that says what is wrong with the file. Looks at bytes only; what the text says is read-spec's.
import { open } from 'node:fs/promises'
import { TextDecoder } from 'node:util'
import { UserFault } from '../fault.ts'
import { maxSpecBytes, type SpecSource } from './read-spec.ts'

/**
 * Reads a file as UTF-8. `shownAs` is how people named it; faults say that. A byte order mark and CRLF are kept: the hash is over what is in the file.
 * Errors: UserFault for a file that is missing, empty, a folder, larger than 1 MB, binary, or not UTF-8.
 */
export async function loadSpecFile(path: string, shownAs = path): Promise<SpecSource> {
  const bytes = await readBytes(path, shownAs)
  if (bytes.length === 0)
    throw new UserFault({ problem: `${shownAs} is empty.`, hint: 'Write down what should be built, and how one can see that it works.' })
  const nul = bytes.indexOf(0)
  const encoding = encodingOf(bytes)
  if (encoding !== undefined) {
    throw new UserFault({ problem: `${shownAs} is ${encoding}; a specification must be UTF-8.`, hint: 'Save it as UTF-8.' })
  }
  if (nul >= 0) {
    throw new UserFault({ problem: `${shownAs} is not text: it holds a NUL byte at position ${nul}.`, hint: 'Give a Markdown file.' })
  }
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes), source: shownAs }
  } catch (cause) {
    throw new UserFault({ problem: `${shownAs} is not UTF-8.`, hint: 'Save it as UTF-8.', cause })
  }
}

/** The two-byte encodings announce themselves, and hold NULs that would otherwise be called binary. */
function encodingOf(bytes: Buffer): string | undefined {
  const mark = bytes.subarray(0, 2).toString('hex')
  return mark === 'fffe' || mark === 'feff' ? 'UTF-16' : undefined
}

async function readBytes(path: string, shownAs: string): Promise<Buffer> {
  const file = await open(path, 'r').catch((cause: NodeJS.ErrnoException) => {
    throw cannotRead(shownAs, cause)
  })
  try {
    const stat = await file.stat()
    if (stat.isDirectory())
      throw new UserFault({ problem: `${shownAs} is a folder.`, hint: 'Give the Markdown file that holds the specification.' })
    if (stat.size > maxSpecBytes) {
      throw new UserFault({
        problem: `${shownAs} is ${Math.ceil(stat.size / 1024)} KB long; a specification may have ${maxSpecBytes / 1024} KB.`,
        hint: 'Keep what is to be built, and link the rest.',
      })
    }
    // A device or pipe states no size: read no more than one byte past the limit.
    const buffer = Buffer.alloc(maxSpecBytes + 1)
    let length = 0
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length)
      length += bytesRead
      if (bytesRead === 0) return buffer.subarray(0, length)
      if (length > maxSpecBytes)
        throw new UserFault({ problem: `${shownAs} is longer than ${maxSpecBytes / 1024} KB.`, hint: 'Keep what is to be built.' })
    }
  } finally {
    await file.close()
  }
}

function cannotRead(shownAs: string, cause: NodeJS.ErrnoException): UserFault {
  switch (cause.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return new UserFault({
        problem: `There is no file ${shownAs}.`,
        hint: 'Give the path of the specification, relative to where you are.',
        cause,
      })
    case 'EACCES':
    case 'EPERM':
      return new UserFault({ problem: `${shownAs} may not be read by this user.`, hint: 'Change its permissions.', cause })
    case 'EISDIR':
      return new UserFault({ problem: `${shownAs} is a folder.`, hint: 'Give the Markdown file that holds the specification.', cause })
    default:
      return new UserFault({ problem: `${shownAs} cannot be read (${cause.code ?? cause.message}).`, hint: 'Give a Markdown file.', cause })
  }
}
