// A runner -> one on which the sandbox runs: programs installed, and on Ubuntu 24.04 bubblewrap allowed to make namespaces. Proven by one command before anything else.
import { probeSandbox } from '../adapters/sandbox/sandbox.ts'
import { UserFault } from '../fault.ts'
import type { Exec } from '../world.ts'

/** Root's part of it, with why. A runner of GitHub's lets its user do this without a password; so does a container whose user is root. */
const steps: readonly { readonly why: string; readonly script: string }[] = [
  {
    why: 'bubblewrap, socat and ripgrep',
    script:
      'command -v bwrap socat rg >/dev/null || { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends bubblewrap socat ripgrep; }',
  },
  {
    // For this one program, instead of taking the restriction from all. Source: Ubuntu, "Restricted unprivileged user namespaces".
    why: 'an AppArmor profile that lets bwrap make user namespaces',
    script: `command -v apparmor_parser >/dev/null && printf '%s\\n' 'abi <abi/4.0>,' 'include <tunables/global>' "profile dce-bwrap $(command -v bwrap) flags=(unconfined) {" '  userns,' '}' > /etc/apparmor.d/dce-bwrap && apparmor_parser -r /etc/apparmor.d/dce-bwrap`,
  },
  {
    why: 'unprivileged user namespaces, without AppArmor in their way',
    script: 'sysctl -q -w kernel.apparmor_restrict_unprivileged_userns=0',
  },
]

/** Makes it so, step by step until the sandbox runs. Errors: UserFault (exit 4) with what the last try said. */
export async function readySandbox(given: {
  readonly exec: Exec
  readonly env: Readonly<Record<string, string>>
  readonly say: (line: string) => void
  readonly isRoot: boolean
}): Promise<void> {
  const { exec, env, say, isRoot } = given
  let why = await probeSandbox(exec)
  for (const step of steps) {
    if (why === undefined) return
    say(`The sandbox does not run yet (${why}); setting up ${step.why}.`)
    const argv = [...(isRoot ? [] : ['sudo', '-n']), '/bin/sh', '-c', step.script]
    const { exit, stderr } = await exec.run({ argv, cwd: '/', env, timeoutMs: 5 * 60_000, maxOutputBytes: 20_000 })
    if (exit.kind !== 'exited' || exit.code !== 0) say(`That did not work: ${stderr.trim().split('\n').at(-1) ?? JSON.stringify(exit)}`)
    why = await probeSandbox(exec)
  }
  if (why === undefined) return
  throw new UserFault({
    problem: `The sandbox cannot run on this runner: ${why}`,
    hint: 'Use ubuntu-latest, give a self-hosted runner bubblewrap and user namespaces, or say `sandbox: off` where the machine is thrown away anyway. Nothing was spent.',
    exitCode: 4,
  })
}
