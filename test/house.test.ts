// Who may import whom, and what every file must have. Source: docs/architecture.md, docs/decisions/0003-reports-read-the-run.md.
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from 'vitest'

const root = new URL('..', import.meta.url).pathname
const stages = ['feature', 'plan', 'agent', 'wave', 'gate', 'report'] as const
/** Reports are made of the run's state and events; see the decision. */
const readByReports = new Set([
  'src/run/state.ts',
  'src/run/event.ts',
  'src/run/decide.ts',
  'src/run/repair.ts',
  'src/run/parse-command.ts',
  'src/run/refuse-command.ts',
])

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts'))
  .map((path) => {
    const text = readFileSync(join(root, 'src', path), 'utf8')
    const imports = [...text.matchAll(/^(?:import|export)\s(?<type>type\s)?[^'"]*?from\s'(?<target>\.[^']+)'/gmu)].map((match) => ({
      target: normalize(join('src', dirname(path), match.groups?.['target'] ?? '')),
      typeOnly: match.groups?.['type'] !== undefined,
    }))
    return { path: `src/${path}`, text, imports }
  })

const stageOf = (path: string) => stages.findIndex((stage) => path.startsWith(`src/${stage}/`))
const adapterOf = (path: string) => /^src\/adapters\/([^/]+)\//u.exec(path)?.[1]
const isDoor = (path: string) => /^src\/(?:cli|app|action)(?:\.ts$|\/)/u.test(path)

describe('the house', () => {
  it('is read as it is: decide.ts imports the reducer', () => {
    expect(files.find(({ path }) => path === 'src/run/decide.ts')?.imports).toContainEqual({
      target: 'src/run/apply-event.ts',
      typeOnly: false,
    })
  })

  it('a stage imports itself and earlier stages; reports also read the run', () => {
    const wrong = files.flatMap(({ path, imports }) => {
      const own = stageOf(path)
      if (own < 0) return []
      return imports
        .filter(
          ({ target }) =>
            stageOf(target) > own || (target.startsWith('src/run/') && !(path.startsWith('src/report/') && readByReports.has(target))),
        )
        .map(({ target }) => `${path} -> ${target}`)
    })
    expect(wrong).toEqual([])
  })

  it('only doors import adapters, and an adapter knows no stage and no other adapter', () => {
    const wrong = files.flatMap(({ path, imports }) => {
      const own = adapterOf(path)
      if (own === undefined)
        return isDoor(path)
          ? []
          : imports.filter(({ target }) => adapterOf(target) !== undefined).map(({ target }) => `${path} -> ${target}`)
      return imports
        .filter(({ target }) => stageOf(target) >= 0 || target.startsWith('src/run/') || (adapterOf(target) ?? own) !== own)
        .map(({ target }) => `${path} -> ${target}`)
    })
    expect(wrong).toEqual([])
  })

  it('no file reaches itself through imports that exist at run time', () => {
    const edges = new Map(files.map(({ path, imports }) => [path, imports.filter(({ typeOnly }) => !typeOnly).map(({ target }) => target)]))
    const cycles: string[] = []
    const done = new Set<string>()
    const visit = (path: string, trail: readonly string[]) => {
      if (trail.includes(path)) cycles.push([...trail.slice(trail.indexOf(path)), path].join(' -> '))
      if (trail.includes(path) || done.has(path)) return
      for (const target of edges.get(path) ?? []) visit(target, [...trail, path])
      done.add(path)
    }
    for (const { path } of files) visit(path, [])
    expect(cycles).toEqual([])
  })

  it('every file opens with what it turns into what', () => {
    expect(files.filter(({ text }) => !text.startsWith('// ')).map(({ path }) => path)).toEqual([])
  })

  it('no file is longer than 290 lines but the one that is named here', () => {
    // apply-event: one reducer with one case per event; the next event that grows it should cut it at the task's events.
    const known = ['src/run/apply-event.ts']
    const long = files.filter(({ text }) => text.split('\n').length > 291).map(({ path }) => path)
    expect(long.filter((path) => !known.includes(path))).toEqual([])
  })

  it('nobody writes utils, helpers, common, manager or service files', () => {
    expect(
      files.filter(({ path }) => /(?:^|\/)(?:utils?|helpers|common|core|manager|service|types)\.ts$/u.test(path)).map(({ path }) => path),
    ).toEqual([])
  })
})
