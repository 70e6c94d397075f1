// Tests that start containers -> whether they could. Containers are not reachable from the sandbox, so that this is a proof. Pure.
import { type Change, type CheckFindings, findings } from './change.ts'

const libraries = ['github.com/testcontainers/testcontainers-go', 'github.com/ory/dockertest']
const refusals =
  /Cannot connect to the Docker daemon|rootless Docker not found|failed to create Docker provider|docker: not found|\/var\/run\/docker\.sock/

/** `without`: tests that stopped because no container could be started, as `<import path>.<test>`. */
export function checkContainers(change: Change, without: readonly string[]): CheckFindings {
  const uses = change.head.compile.packages.some((one) => usesContainers(one.imports))
  if (!uses) return findings('containers', { notApplicable: true, detail: 'no test starts containers' })
  const stuck =
    without.length === 0
      ? []
      : [`no containers in the sandbox: ${without.slice(0, 3).join(', ')}${without.length > 3 ? `, and ${without.length - 3} more` : ''}`]
  return findings('containers', { stuck, detail: 'tests that use containers ran' })
}

/** True when a package's tests may start containers. */
export function usesContainers(imports: readonly string[]): boolean {
  return imports.some((path) => libraries.some((library) => path === library || path.startsWith(`${library}/`)))
}

/** True for the output of a test that got no container. */
export function lacksContainers(output: string): boolean {
  return refusals.test(output)
}
