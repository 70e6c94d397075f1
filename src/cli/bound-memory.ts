// V8's room for young objects stays as it is at the start. It would grow to 128 MB while 25 agents stream, of which most is air: what lives is below 40 MB.
import { setFlagsFromString } from 'node:v8'

/**
 * For the start of the program. The flag is read whenever V8 thinks of growing that room (tried on Node 24: 2 MB stay 2 MB), so it holds for what
 * comes; `--max-semi-space-size` is read once, before a program can say anything. Collections of so little room take less than a millisecond.
 */
export function boundMemory(): void {
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--optimize-for-size')
}
