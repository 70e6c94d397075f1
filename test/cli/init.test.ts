// `dce init`: what it would write is read back by the program's own readers; it shows first, asks, and leaves a person's configuration alone.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { initCommand } from '../../src/cli/init-command.ts'
import { formPath, initFiles, schemaPath } from '../../src/cli/init-files.ts'
import { openMachine } from '../../src/cli/open-machine.ts'
import type { Terminal } from '../../src/cli/terminal.ts'
import { readIssueForm } from '../../src/feature/issue-form.ts'
import { configPath, readConfig } from '../../src/read-config.ts'
import { makeTempDir, writeFiles } from '../support/git-dir.ts'

const workflow = { action: 'acme/dce@v0', defaultBranch: 'main', goVersionFile: 'go.mod' }
const files = initFiles(() => false, workflow)

function repository(content: Readonly<Record<string, string>>): string {
  const root = makeTempDir('init')
  writeFiles(root, { 'go.mod': 'module example.test/m\n', ...content })
  const git = (...words: readonly string[]) =>
    execFileSync('git', ['-C', root, '-c', 'user.name=x', '-c', 'user.email=x@example.test', ...words])
  git('init', '--quiet')
  git('add', '-A')
  git('commit', '--quiet', '-m', 'x')
  return root
}

async function init(repo: string, more: { readonly yes?: boolean; readonly answer?: boolean }) {
  const said: string[] = []
  const say = (text: string) => void said.push(text)
  const terminal: Terminal = {
    isTty: more.answer !== undefined,
    width: 100,
    height: 40,
    colour: false,
    out: say,
    err: say,
    confirm: async () => more.answer === true,
  }
  const machine = openMachine({ ...process.env, XDG_STATE_HOME: makeTempDir('state'), XDG_CACHE_HOME: makeTempDir('cache') })
  try {
    return { code: await initCommand(machine, terminal, { repo, ...(more.yes === true ? { yes: true } : {}) }), said: said.join('\n') }
  } finally {
    await machine.close()
  }
}

describe('the files', () => {
  it('are read by the program as they are meant: a configuration of defaults, a form with every option', () => {
    expect(readConfig(files.get(configPath) ?? '')).toEqual({})
    const uncommented = (files.get(configPath) ?? '').replaceAll(/^# (?=\w+: )/gmu, '')
    expect(readConfig(uncommented)).toMatchObject({ execution_mode: 'adaptive', label: 'dce-feature', approve: 'always' })
    const form = parse(files.get(formPath) ?? '') as { readonly body: readonly { readonly attributes: { readonly label: string } }[] }
    const filled = form.body
      .map(({ attributes }, index) => `### ${attributes.label}\n\n${index === 0 ? '# Quota\n\n- R1: …' : '_No response_'}\n`)
      .join('\n')
    expect(readIssueForm(filled)).toMatchObject({ spec: expect.stringContaining('R1'), fields: [] })
  })

  it('the schema takes what the program takes, and refuses what it refuses', () => {
    const valid = new Ajv2020({ strict: false }).compile(JSON.parse(files.get(schemaPath) ?? '') as object)
    expect(valid({ approve: { above_usd: 3 }, permissions: { retry: 'maintain' }, gate: { require: ['database'] } })).toBe(true)
    expect(valid({ approve: 'sometimes' })).toBe(false)
    expect(valid({ no_such: 1 })).toBe(false)
  })
})

describe('dce init', () => {
  it('shows a diff and writes nothing without a yes', async () => {
    const repo = repository({})
    const { code, said } = await init(repo, {})
    expect(code).toBe(3)
    expect(said).toContain(`+++ ${formPath}`)
    expect((await init(repo, { answer: false })).code).toBe(3)
    expect(existsSync(join(repo, '.github'))).toBe(false)
  })

  it('writes after a yes, once, and never over a person’s configuration', async () => {
    const repo = repository({ [configPath]: 'budget_usd: 3\n', [formPath]: 'name: old\n' })
    const { code, said } = await init(repo, { yes: true })
    expect(code).toBe(0)
    expect(said).toContain('-name: old')
    expect(readFileSync(join(repo, configPath), 'utf8')).toBe('budget_usd: 3\n')
    expect((await init(repo, { yes: true })).said).toContain('Everything is as')
  })
})
