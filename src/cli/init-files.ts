// What a repository has of dce's own files: configuration with its schema, and the issue form. Made from the same types that the program reads them with.
import { stringify } from 'yaml'
import { z } from 'zod'
import { defaultLabel } from '../app/app-config.ts'
import { gateWorkflowPath } from '../app/read-gate-run.ts'
import { defaultConfig, ExecutionMode, QualityLevel, WrittenConfig } from '../config.ts'
import { formLabels } from '../feature/issue-form.ts'
import { configPath } from '../read-config.ts'
import { type GateWorkflow, renderGateWorkflow } from './gate-workflow.ts'

/** Where the configuration's schema lies, for editors. */
export const schemaPath = '.github/dce.schema.json'
/** Where GitHub looks for issue forms. */
export const formPath = '.github/ISSUE_TEMPLATE/dce-feature.yml'

/** Files by path. What a person has written already is theirs: the configuration is only made where there is none. */
export function initFiles(has: (path: string) => boolean, workflow: GateWorkflow): ReadonlyMap<string, string> {
  const files = new Map([
    [schemaPath, renderSchema()],
    [formPath, renderForm()],
    [gateWorkflowPath, renderGateWorkflow(workflow)],
  ])
  if (!has(configPath)) files.set(configPath, renderConfig())
  return files
}

/** The JSON Schema of `.github/dce.yml`. */
export function renderSchema(): string {
  return `${JSON.stringify({ title: 'dce', ...z.toJSONSchema(WrittenConfig) }, null, 2)}\n`
}

function renderConfig(): string {
  const shown = [
    ['execution_mode', defaultConfig.executionMode],
    ['quality_level', defaultConfig.qualityLevel],
    ['budget_usd', defaultConfig.budgetUsd],
    ['gate', defaultConfig.gatePlace],
    ['label', defaultLabel],
    ['approve', 'always'],
  ]
  return [
    '# yaml-language-server: $schema=./dce.schema.json',
    '# What dce goes by in this repository, read from the base branch. Everything here is the default; take the # away to change it.',
    ...shown.map(([name, value]) => `# ${name}: ${value}`),
    '',
  ].join('\n')
}

// It sets no label: whoever may start a run does that, and a form's labels are set for anybody who fills it in.
function renderForm(): string {
  const field = (type: string, id: string, label: string, more: object, required: boolean) => ({
    type,
    id,
    attributes: { label, ...more },
    validations: { required },
  })
  const choice = (id: string, label: string, options: readonly string[], usual: string) =>
    field('dropdown', id, label, { options, default: options.indexOf(usual) }, false)
  return `# Made by \`dce init\`: what dce reads from an issue.\n${stringify({
    name: 'Feature for dce',
    description: `A specification. Somebody with write permission sets the label ${defaultLabel}, and dce plans and builds it.`,
    title: '',
    body: [
      field(
        'textarea',
        'spec',
        formLabels.spec,
        { description: 'What is to be built: why, the domain, requirements (R1, R2, …), endpoints.' },
        true,
      ),
      field(
        'input',
        'output_dir',
        formLabels.output_dir,
        { description: 'The folder the feature lives in; the whole repository when empty.' },
        false,
      ),
      choice('execution_mode', formLabels.execution_mode, ExecutionMode.options, defaultConfig.executionMode),
      choice('quality_level', formLabels.quality_level, QualityLevel.options, defaultConfig.qualityLevel),
      field(
        'input',
        'budget_usd',
        formLabels.budget_usd,
        { description: `The most that it may cost; ${defaultConfig.budgetUsd} when empty.` },
        false,
      ),
    ],
  })}`
}
