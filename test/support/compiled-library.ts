// Before all tests: the standard library, compiled once per machine. It takes a minute or two, which no file's own set-up has, and two files would do it twice.
import { keepMachineCaches } from './machine-caches.ts'
import { compileLibrary } from './warm-go-cache.ts'

/** Called by vitest before the first test file. */
export default function setup(): void {
  keepMachineCaches()
  for (const race of [false, true]) compileLibrary(race)
}
