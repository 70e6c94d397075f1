// V8 prepared for a program that mostly waits: it would let 25 agents' streams fill 200 MB, of which most is garbage that nobody collected yet.
import { setFlagsFromString } from 'node:v8'

/**
 * For the start of the program. Both flags are read whenever V8 thinks of growing its heap (tried on Node 24), so they hold for what comes;
 * `--max-semi-space-size` is read once, before a program can say anything. Measured with 25 agents: 205 MB become 90, with the same CPU time.
 */
export function boundMemory(): void {
  // Room for young objects stays at 2 MB; by default it grows to 128.
  setFlagsFromString('--semi-space-growth-factor=1')
  setFlagsFromString('--optimize-for-size')
}
