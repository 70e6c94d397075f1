// Paths that no agent writes, whatever the plan says, with the reason. Data; read by the harvest and by the agents' write tools.
import picomatch from 'picomatch'

/** A glob (any case) and why it is protected: the end of a sentence that begins "…is protected:". */
interface ProtectedPath {
  readonly pattern: string
  readonly why: string
}

const executes = 'what stands there is executed on the machines of people or of the CI'
const judges = 'it decides how the work is judged'

/** Source: design, section 8; product description, "What it must never do". */
const protectedPaths: readonly ProtectedPath[] = [
  { pattern: '**/.git/**', why: 'it belongs to git' },
  { pattern: '**/.git', why: 'it belongs to git' },
  { pattern: '**/.gitmodules', why: 'it makes git fetch other repositories' },
  { pattern: '**/.gitattributes', why: 'it changes how git reads and merges everybody’s files' },
  { pattern: '.github/workflows/**', why: executes },
  { pattern: '.github/actions/**', why: executes },
  { pattern: '.github/dce.yml', why: 'it configures dce itself' },
  { pattern: '.dce/**', why: 'it configures dce itself' },
  { pattern: '.claude/**', why: executes },
  { pattern: '**/.mcp.json', why: executes },
  { pattern: '**/.golangci.{yml,yaml,toml,json}', why: judges },
  { pattern: '**/.go-arch-lint.{yml,yaml}', why: judges },
  { pattern: '{,.github/,docs/}CODEOWNERS', why: 'it decides who reviews' },
  { pattern: '{.gitlab-ci.yml,.travis.yml,.drone.yml,Jenkinsfile,azure-pipelines.yml}', why: executes },
  { pattern: '{.circleci,.buildkite,.devcontainer,.vscode,.idea,.husky,.githooks}/**', why: executes },
  { pattern: '{.pre-commit-config.yaml,lefthook.yml,.lefthook.yml}', why: executes },
  { pattern: '**/{.npmrc,.netrc,.pypirc}', why: 'it holds credentials' },
  { pattern: '**/.env', why: 'environment files hold secrets; write .env.example instead' },
]

const protecting = protectedPaths.map(({ pattern, why }) => ({ matches: picomatch(pattern, { dot: true, nocase: true }), why }))

/** Why the path is protected; undefined when it is not. */
export function whyProtected(path: string): string | undefined {
  return protecting.find(({ matches }) => matches(path))?.why
}
