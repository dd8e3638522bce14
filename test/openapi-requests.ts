// Requests made from the OpenAPI document, so that routes which are added later are tried too.

/** As much of JSON Schema as the document uses. */
interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly enum?: readonly unknown[]
  readonly const?: unknown
  readonly minimum?: number
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly anyOf?: readonly Schema[]
  readonly oneOf?: readonly Schema[]
  readonly allOf?: readonly Schema[]
}

interface Parameter {
  readonly name: string
  readonly in: string
  readonly required?: boolean
  readonly schema?: Schema
}

interface Operation {
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }
}

export interface OpenApi {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
  readonly components?: { readonly schemas?: Readonly<Record<string, Schema>> }
}

export interface MadeRequest {
  readonly method: string
  readonly url: string
  readonly body?: unknown
}

const PLAIN = 'plain'
const METHODS = ['get', 'post', 'put', 'patch', 'delete']

/**
 * For each route of the document: the text in the path, in every query parameter and in all fields of the body at
 * once, and in the required ones alone; with `each` also in each field and parameter alone.
 */
export function* requestsWith(document: OpenApi, text: string, { each = false } = {}): Generator<MadeRequest> {
  const resolve = (schema: Schema): Schema => {
    const name = schema.$ref?.split('/').at(-1)
    return name === undefined ? schema : (document.components?.schemas?.[name] ?? {})
  }
  const fill = (given: Schema, value: string): unknown => {
    const schema = resolve(given)
    if (schema.const !== undefined) return schema.const
    if (schema.enum !== undefined) return schema.enum[0]
    const [alternative] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? []
    if (alternative !== undefined) return fill(alternative, value)
    const type = typeof schema.type === 'string' ? schema.type : schema.type?.[0]
    if (type === 'string') return value
    if (type === 'integer' || type === 'number') return Math.max(1, schema.minimum ?? 1)
    if (type === 'boolean') return true
    if (type === 'array') return [fill(schema.items ?? {}, value)]
    if (type === 'object' && schema.properties === undefined) return { [value]: value }
    if (type === 'object') return object(schema, Object.keys(schema.properties ?? {}), () => value)
    return { [value]: [value] }
  }
  const object = (schema: Schema, names: readonly string[], textOf: (name: string) => string) =>
    Object.fromEntries(names.map((name) => [name, fill(schema.properties?.[name] ?? {}, textOf(name))]))

  function* bodies(given: Schema): Generator {
    const schema = resolve(given)
    const names = Object.keys(schema.properties ?? {})
    const required = schema.required ?? []
    yield fill(schema, text)
    if (names.length === 0) return
    yield object(schema, required, () => text)
    for (const name of each ? names : []) {
      yield object(schema, [...new Set([...required, name])], (field) => (field === name ? text : PLAIN))
    }
  }

  const inUrl = (value: string): string => encodeURIComponent(value.toWellFormed())
  for (const [path, operations] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = operations[method]
      if (operation === undefined) continue
      const parameters = operation.parameters ?? []
      const filled = path.replace(/\{[^}]+\}/g, () => inUrl(text).slice(0, 400).replace(/%\w?$/, '') || PLAIN)
      const queries = parameters.filter((parameter) => parameter.in === 'query')
      const schema = operation.requestBody?.content?.['application/json']?.schema
      const all = queries.map(({ name }) => `${name}=${inUrl(text)}`).join('&')
      const made = { method: method.toUpperCase(), url: filled }
      if (schema === undefined) yield made
      else for (const body of bodies(schema)) yield { ...made, body }
      if (all === '') continue
      yield { ...made, url: `${filled}?${all}`, ...(schema && { body: fill(schema, PLAIN) }) }
      for (const { name } of each ? queries : []) {
        yield { ...made, url: `${filled}?${name}=${inUrl(text)}`, ...(schema && { body: fill(schema, PLAIN) }) }
      }
    }
  }
}
