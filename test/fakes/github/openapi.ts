// GitHub's own OpenAPI description -> is this request, is this answer, what GitHub says it is? Schemas are compiled when an operation is first used.
import { createRequire } from 'node:module'
import { Ajv, type ValidateFunction } from 'ajv'
import formats from 'ajv-formats'

/** `POST /repos/{owner}/{repo}/issues`: method and path as the description names them. */
export type Operation = `${'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE'} /${string}`

type Json = Readonly<Record<string, unknown>>

type Content = Readonly<Record<string, { readonly schema?: Json }>>

interface Described {
  readonly requestBody?: { readonly required?: boolean; readonly content?: Content }
  readonly parameters?: readonly Json[]
  readonly responses: Readonly<Record<string, Json>>
}

/** What the description says of requests and answers. Each method answers with the faults in words; none: it is as described. */
export interface Description {
  /** Errors: throws for an operation that GitHub does not have. */
  request(operation: Operation, body: unknown): readonly string[]
  query(operation: Operation, query: URLSearchParams): readonly string[]
  answer(operation: Operation, status: number, body: unknown): readonly string[]
  /** Payload of a webhook, by the description's name: `workflow-run-completed`. */
  hook(name: string, payload: unknown): readonly string[]
}

const name = 'github'

/** Reads the description: 12 MB, 0.2 s. */
export function readDescription(): Description {
  const document = createRequire(import.meta.url)('@octokit/openapi/generated/api.github.com.json') as Json
  const ajv = new Ajv({ strict: false, validateFormats: true, allErrors: false, inlineRefs: false })
  formats.default(ajv)
  // GitHub's own, for `owner/name`.
  ajv.addFormat('repo.nwo', /^[^/]+\/[^/]+$/u)
  ajv.addSchema({ $id: name, components: toJsonSchema(document['components']) } as object)
  const paths = document['paths'] as Readonly<Record<string, Readonly<Record<string, Described>>>>
  const hooks = document['x-webhooks'] as typeof paths
  const compiled = new Map<string, ValidateFunction | undefined>()
  const described = (operation: Operation): Described => {
    const [method = '', path = ''] = operation.split(' ')
    const found = paths[path]?.[method.toLowerCase()]
    if (found === undefined) throw new Error(`GitHub has no operation ${operation}`)
    return found
  }
  const check = (key: string, schema: () => Json | undefined, value: unknown): readonly string[] => {
    if (!compiled.has(key)) {
      const found = schema()
      compiled.set(key, found === undefined ? undefined : ajv.compile(toJsonSchema(found) as object))
    }
    const validate = compiled.get(key)
    if (validate === undefined || validate(value)) return []
    return (validate.errors ?? []).map(
      (error) => `${key}: ${error.instancePath || '/'} ${error.message ?? ''} ${JSON.stringify(error.params)}`,
    )
  }
  return {
    request: (operation, body) => {
      const { requestBody } = described(operation)
      if (requestBody === undefined) return body === undefined ? [] : [`${operation}: takes no body`]
      if (body === undefined) return requestBody.required === true ? [`${operation}: the body is missing`] : []
      return check(`${operation} request`, () => jsonOf(requestBody.content), body)
    },
    query: (operation, query) => {
      const named = (described(operation).parameters ?? []).map((parameter) => resolve(document, parameter))
      const known = new Set(named.filter((parameter) => parameter['in'] === 'query').map((parameter) => String(parameter['name'])))
      return [...query.keys()].filter((key) => !known.has(key)).map((key) => `${operation}: unknown query parameter ${key}`)
    },
    answer: (operation, status, body) => {
      const answer = described(operation).responses[String(status)]
      if (answer === undefined) return isUnsaid(operation, status) ? [] : [`${operation}: never answers ${status}`]
      const content = resolve(document, answer)['content'] as Content | undefined
      return check(`${operation} ${status}`, () => jsonOf(content), body)
    },
    hook: (hook, payload) => {
      const found = hooks[hook]?.['post']
      if (found === undefined) throw new Error(`GitHub has no webhook ${hook}`)
      return check(`webhook ${hook}`, () => jsonOf(found.requestBody?.content), payload)
    },
  }
}

// Every operation may answer with a server error, an expired token, a limit, or that nothing is there; only some say so. Dispatches are refused with 422, which is nowhere described.
function isUnsaid(operation: Operation, status: number): boolean {
  return status >= 500 || [401, 403, 404, 429].includes(status) || (status === 422 && operation.endsWith('/dispatches'))
}

function jsonOf(content: Content | undefined): Json | undefined {
  return content?.['application/json']?.schema
}

function resolve(document: Json, value: Json): Json {
  const ref = value['$ref']
  if (typeof ref !== 'string') return value
  const found = ref
    .slice(2)
    .split('/')
    .reduce<unknown>((at, key) => (at as Json)[key], document)
  return resolve(document, found as Json)
}

// A property may be called `example` or `nullable` itself.
function eachProperty(properties: Json): Json {
  return Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, toJsonSchema(inner)]))
}

// OpenAPI 3.0 -> JSON Schema: references reach into the added document, and `nullable` also stands where there is no type.
function toJsonSchema(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toJsonSchema)
  if (typeof value !== 'object' || value === null) return value
  const { nullable, example: _example, examples: _examples, ...rest } = value as Json
  const converted = Object.fromEntries(
    Object.entries(rest).map(([key, inner]) => {
      if (key === '$ref') return [key, `${name}${String(inner)}`]
      return [key, key === 'properties' ? eachProperty(inner as Json) : toJsonSchema(inner)]
    }),
  )
  return nullable === true ? { anyOf: [{ type: 'null' }, converted] } : converted
}
