// A machine whose Go is older than the module asks: said before anything is paid.
import { describe, expect, it } from 'vitest'
import { refuseOlderGo } from '../../src/run/refuse-older-go.ts'

const ask = (goLine: string, found: string) => () => refuseOlderGo({ found, path: 'go.mod', text: `module example.test/m\n\n${goLine}\n` })

describe('the go of this machine', () => {
  it.each([
    ['go 1.21', 'go1.21'],
    ['go 1.21', 'go1.26.8'],
    ['go 1.26.8', 'go1.26.8'],
    ['go 1.9', 'go1.10'],
    ['go 1.21 // as long as Debian has it', 'go1.21.0'],
    ['go 1.21\n\ntoolchain go1.99.0', 'go1.26.8'],
    ['go 1.27rc1', 'go1.27'],
    ['', 'go1.21'],
    ['go 1.26', 'devel go1.27-a1b2c3'],
  ])('%j is served by %s', (goLine, found) => {
    expect(ask(goLine, found)).not.toThrow()
  })

  it.each([
    ['go 1.27', 'go1.26.8', /go\.mod asks for Go 1\.27, and this machine has 1\.26\.8\..*GOTOOLCHAIN=auto/u],
    ['go 1.26.9', 'go1.26.8', /asks for Go 1\.26\.9/u],
    ['go 2', 'go1.99.9', /asks for Go 2/u],
    ['go 1.10', 'go1.9.7', /asks for Go 1\.10/u],
  ])('%j is not by %s', (goLine, found, words) => {
    expect(ask(goLine, found)).toThrow(words)
    expect(ask(goLine, found)).toThrow(expect.objectContaining({ exitCode: 4 }))
  })
})
