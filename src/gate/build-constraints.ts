// Build constraints -> which tags have to be set for a file to be compiled here, and which files can be compiled on other systems only. Pure.

// Systems and processors as `go tool dist list` names them, and what the toolchain itself sets.
const systems = 'aix android darwin dragonfly freebsd illumos ios js linux netbsd openbsd plan9 solaris wasip1 windows unix'.split(' ')
const processors = '386 amd64 arm arm64 loong64 mips mips64 mips64le mipsle ppc64 ppc64le riscv64 s390x wasm'.split(' ')
const toolchain = ['cgo', 'gc', 'gccgo', 'race', 'msan', 'asan']
// Set by nobody who builds the program: files for generators, for tools' versions, for wire.
const neverBuilt = ['ignore', 'tools', 'tool', 'generate', 'wireinject']

/** What this machine builds for, in go's words. */
export interface BuildTarget {
  readonly system: string
  readonly processor: string
}

/** The target of this process's machine: go's defaults. */
export function hostTarget(): BuildTarget {
  const processorOf: Readonly<Record<string, string>> = { x64: 'amd64', ia32: '386', ppc64: 'ppc64le' }
  return { system: process.platform === 'win32' ? 'windows' : process.platform, processor: processorOf[process.arch] ?? process.arch }
}

/** The tags, joined by commas, with which a constraint holds on the target; undefined when none do, or when it holds without. */
export function tagsFor(constraint: string, target: BuildTarget): string | undefined {
  const custom = wordsOf(constraint).filter((word) => !isFixed(word))
  if (custom.length === 0 || custom.some((word) => neverBuilt.includes(word)) || holds(constraint, target, [])) return undefined
  return holds(constraint, target, custom) ? [...new Set(custom)].sort().join(',') : undefined
}

/** True when only systems, processors or the toolchain decide about it. */
export function isPlatformOnly(constraint: string): boolean {
  const words = wordsOf(constraint)
  return words.length > 0 && words.every(isFixed)
}

function wordsOf(constraint: string): readonly string[] {
  return tokensOf(constraint).filter((token) => /^[\w.]+$/.test(token))
}

function tokensOf(constraint: string): readonly string[] {
  return constraint.match(/&&|\|\||!|\(|\)|[\w.]+/g) ?? []
}

function isFixed(word: string): boolean {
  return systems.includes(word) || processors.includes(word) || toolchain.includes(word) || /^go1\.\d+$/.test(word)
}

/** Whether a constraint holds with these tags. Grammar: `go help buildconstraint`: ! binds closest, then &&, then ||. A comma means &&. */
function holds(constraint: string, target: BuildTarget, tags: readonly string[]): boolean {
  const tokens = [...tokensOf(constraint.replaceAll(',', '&&'))]
  const either = (): boolean => {
    let value = both()
    while (tokens[0] === '||') {
      tokens.shift()
      const right = both()
      value = value || right
    }
    return value
  }
  const both = (): boolean => {
    let value = single()
    while (tokens[0] === '&&') {
      tokens.shift()
      const right = single()
      value = value && right
    }
    return value
  }
  const single = (): boolean => {
    const token = tokens.shift() ?? ''
    if (token === '!') return !single()
    if (token !== '(') return isSet(token, target, tags)
    const value = either()
    tokens.shift()
    return value
  }
  return either()
}

function isSet(word: string, target: BuildTarget, tags: readonly string[]): boolean {
  if (tags.includes(word) || word === target.system || word === target.processor) return true
  if (word === 'unix') return target.system !== 'windows'
  return word === 'gc' || word === 'cgo' || /^go1\.\d+$/.test(word)
}
