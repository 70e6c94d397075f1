// Tests that want a container, a database or another service -> whether they had one. None is reachable from the sandbox, so that this is a proof. Pure.
import { type Change, type CheckFindings, findings } from './change.ts'
import type { PackageFacts } from './measurements.ts'

// Modules through which Go programs start containers or reach services, as their import paths begin.
const libraries = [
  'github.com/testcontainers/testcontainers-go',
  'github.com/ory/dockertest',
  'database/sql',
  'github.com/jackc/pgx',
  'github.com/lib/pq',
  'github.com/go-redis/redis',
  'github.com/redis/go-redis',
  'go.mongodb.org/mongo-driver',
  'github.com/segmentio/kafka-go',
  'github.com/IBM/sarama',
  'github.com/nats-io/nats.go',
  'github.com/rabbitmq/amqp091-go',
]
// What Docker's clients and Go's net package say where nobody answers.
const refusals =
  /Cannot connect to the Docker daemon|rootless Docker not found|failed to create Docker provider|\/var\/run\/docker\.sock|dial tcp: lookup \S+|network is unreachable/
// Ports above are the system's to give, to a server that the test itself started and stopped. Source: Linux, ip_local_port_range.
const firstEphemeralPort = 32_768

/** `without`: tests that stopped because they had no service, as `<import path>.<test>`. */
export function checkContainers(change: Change, without: readonly string[]): CheckFindings {
  const { packages } = change.head.compile
  if (!packages.some((one) => one.testFiles.length > 0 && usesServices(packages, one.importPath))) {
    return findings('containers', { notApplicable: true, detail: 'no test uses containers or services' })
  }
  const more = without.length > 3 ? `, and ${without.length - 3} more` : ''
  const stuck = without.length === 0 ? [] : [`no containers or services in the sandbox for ${without.slice(0, 3).join(', ')}${more}`]
  return findings('containers', {
    stuck,
    detail: 'tests that use containers or services ran',
    figures: { 'tests without services': without.length },
  })
}

/** True when a package, or one of the tree that it imports, may start containers or reach services. */
export function usesServices(packages: readonly PackageFacts[], importPath: string): boolean {
  const byPath = new Map(packages.map((one) => [one.importPath, one]))
  const seen = new Set<string>()
  const reaches = (path: string): boolean => {
    if (libraries.some((library) => path === library || path.startsWith(`${library}/`))) return true
    if (seen.has(path)) return false
    seen.add(path)
    return byPath.get(path)?.imports.some(reaches) === true
  }
  return reaches(importPath)
}

/** True for the output of a test that found nobody who answers. */
export function lacksServices(output: string): boolean {
  const refused = [...output.matchAll(/dial tcp \S+:(\d+): connect: connection refused/g)].map((match) => Number(match[1]))
  return refusals.test(output) || refused.some((port) => port < firstEphemeralPort)
}
