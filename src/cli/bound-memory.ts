// V8 prepared for a program that mostly waits: it would let 25 agents' streams fill 200 MB, of which most is garbage that nobody collected yet.
import { setFlagsFromString } from 'node:v8'

/**
 * For the start of the program. Both flags are read whenever V8 collects or thinks of growing its heap (tried on Node 24), so they hold for what
 * comes; `--max-semi-space-size` is read once, before a program can say anything.
 */
export function boundMemory(): void {
  // Room for young objects stays at 2 MB; by default it grows to 128.
  setFlagsFromString('--semi-space-growth-factor=1')
  // So little room is swept by one thread faster than four can be woken for it.
  setFlagsFromString('--no-parallel-scavenge')
}
