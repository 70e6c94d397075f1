// What go prints, read.
import { describe, expect, it } from 'vitest'
import { distinctErrors, parseBuildEvents, parseErrors } from '../../src/gate/parse-build-output.ts'
import { parseGoList } from '../../src/gate/parse-go-list.ts'
import { parseVet } from '../../src/gate/parse-vet.ts'

const place = { root: '/work/tree', moduleDir: '.' }

describe('parseErrors', () => {
  it('gives every error its file and line, and joins what belongs to the line before', () => {
    const text = '# example.com/m/b\nb/b.go:4:23: undefined: y\nb/b.go:9:2: too many arguments\n\thave (int)\n\twant ()\n'
    expect(parseErrors({ text, test: false }, place)).toEqual([
      { kind: 'compile', message: 'undefined: y', file: 'b/b.go', line: 4 },
      { kind: 'compile', message: 'too many arguments have (int) want ()', file: 'b/b.go', line: 9 },
    ])
  })

  it('tells errors of test files from those of the code they test', () => {
    const errors = parseErrors({ text: 'b/b.go:1:1: x\nb/b_test.go:2:1: y\n', test: true }, place)
    expect(errors.map((error) => error.kind)).toEqual(['compile', 'test-compile'])
  })

  it('knows a missing module', () => {
    const text = 'm.go:3:8: missing go.sum entry for module providing package github.com/google/uuid; to add:\n\tgo get example.com/m\n'
    expect(parseErrors({ text, test: false }, place)[0]?.kind).toBe('module')
  })

  it('puts paths of a nested module below its folder, and takes the checkout out of messages', () => {
    const nested = { root: '/work/tree', moduleDir: 'services/api' }
    const [error] = parseErrors({ text: './x.go:2:1: found packages a and b in /work/tree/services/api/n\n', test: false }, nested)
    expect(error).toMatchObject({ file: 'services/api/x.go', message: 'found packages a and b in services/api/n' })
  })
})

describe('parseBuildEvents', () => {
  it('joins the lines of one package', () => {
    const events = [
      { ImportPath: 'm/b', Action: 'build-output', Output: '# m/b\n' },
      { ImportPath: 'm/b', Action: 'build-output', Output: 'b/b.go:4:23: undefined: y\n' },
      { ImportPath: 'm/b', Action: 'build-fail' },
    ]
    const stdout = events.map((event) => JSON.stringify(event)).join('\n')
    expect(parseBuildEvents(stdout)).toEqual([{ text: '# m/b\nb/b.go:4:23: undefined: y\n', package: 'm/b', test: false }])
  })
})

describe('distinctErrors', () => {
  it('says once what go says of a package and of its test variant', () => {
    const error = { kind: 'compile', message: 'undefined: y', file: 'b/b.go', line: 4 } as const
    expect(distinctErrors([error, { ...error, package: 'm/b' }])).toHaveLength(1)
  })
})

describe('parseGoList', () => {
  const entry = (value: object) => `${JSON.stringify(value, undefined, '\t')}\n`

  it('marks a package broken whose import is broken, and names the error once', () => {
    const broken = { Err: '# m/b\nb/b.go:3:23: undefined: y\n' }
    const stdout = [
      entry({ ImportPath: 'm/b', Name: 'b', Dir: '/work/tree/b', GoFiles: ['b.go'], Incomplete: true, Error: broken }),
      entry({ ImportPath: 'm/c', Name: 'c', Dir: '/work/tree/c', GoFiles: ['c.go'], Imports: ['m/b'], DepsErrors: [broken] }),
      entry({ ImportPath: 'm/d', Name: 'd', Dir: '/work/tree', GoFiles: ['d.go'] }),
    ].join('')
    const { packages, errors } = parseGoList(stdout, place)
    expect(packages.map((one) => [one.dir, one.compiles])).toEqual([
      ['b', false],
      ['c', false],
      ['.', true],
    ])
    expect(errors).toEqual([{ kind: 'compile', message: 'undefined: y', package: 'm/b', file: 'b/b.go', line: 3 }])
  })

  it('tells a broken test from a broken package', () => {
    const error = { Err: '# m/d [m/d.test]\nd/d_test.go:5:38: mismatched types\n' }
    const stdout = [
      entry({ ImportPath: 'm/d', Name: 'd', Dir: '/work/tree/d', GoFiles: ['d.go'], TestGoFiles: ['d_test.go'] }),
      entry({ ImportPath: 'm/d [m/d.test]', ForTest: 'm/d', Name: 'd', Dir: '/work/tree/d', Incomplete: true, Error: error }),
    ].join('')
    const { packages, errors } = parseGoList(stdout, place)
    expect(packages).toMatchObject([{ importPath: 'm/d', compiles: true, testsCompile: false }])
    expect(errors).toMatchObject([{ kind: 'test-compile', file: 'd/d_test.go', line: 5 }])
  })
})

describe('parseVet', () => {
  const listed = {
    name: 'c',
    moduleDir: '.',
    goFiles: ['c.go'],
    testFiles: [],
    ignoredFiles: [],
    imports: [],
    compiles: true,
    testsCompile: true,
  }
  const packages = [{ ...listed, importPath: 'm/c', dir: 'c' }]
  const finding = (root: string) => ({ posn: `${root}/c/c.go:8:28`, end: `${root}/c/c.go:8:30`, message: 'wrong type' })
  const report = (path: string, root = '/work/tree') => `${JSON.stringify({ [path]: { printf: [finding(root)] } }, undefined, '\t')}\n`

  it('reads findings of all packages, once each', () => {
    expect(parseVet(`{}\n# m/c\n${report('m/c')}${report('m/c [m/c.test]')}`, packages)).toEqual([
      { analyzer: 'printf', package: 'm/c', message: 'wrong type', file: 'c/c.go', line: 8 },
    ])
  })

  it('believes only the name of a file: go answers from its cache with paths of another checkout', () => {
    expect(parseVet(report('m/c', '/work/another/head'), packages)).toMatchObject([{ file: 'c/c.go' }])
  })
})
