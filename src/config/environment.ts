import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseEnv } from 'node:util'
import type { ResolvedVariable } from './config.ts'
import { PREFIXES, VARIABLES, type Values, type Variable, type VariableName } from './variables.ts'

export type Environment = Readonly<Record<string, string | undefined>>

/** The variables as they were found, before anything is made of them. */
export interface Reading {
  readonly values: Values
  /** Names that somebody set, aliases and `_FILE` under the variable's own name, prefixes as they stand. */
  readonly given: ReadonlySet<string>
  readonly resolved: readonly ResolvedVariable[]
  /** Names in the `.env` file that are no settings: misspelt ones, or another program's. */
  readonly unknown: readonly string[]
  /** One sentence each, the variable's name first. */
  readonly problems: readonly string[]
}

const names = Object.keys(VARIABLES) as VariableName[]

/** Every spelling that is read, prefixes apart. */
const known: ReadonlySet<string> = new Set(
  Object.entries<Variable>(VARIABLES).flatMap(([name, { alias, secret }]) => {
    const spellings = alias === undefined ? [name] : [name, alias]
    return secret === true ? spellings.flatMap((spelling) => [spelling, `${spelling}_FILE`]) : spellings
  }),
)

/** The message of a system error without its path, which the sentence around it already has. */
export const reason = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : String(error)

function readEnvFile(path: string, problems: string[]): Environment {
  try {
    return parseEnv(readFileSync(path, 'utf8'))
  } catch (error) {
    if (reason(error) !== 'ENOENT') problems.push(`${path} cannot be read (${reason(error)})`)
    return {}
  }
}

/** Passwords in URLs are hidden, other secrets altogether. */
function mask(variable: Variable, raw: string): string {
  if (variable.secret !== true) return raw
  if (!URL.canParse(raw) || new URL(raw).host === '') return '********'
  const url = new URL(raw)
  if (url.password !== '') url.password = '********'
  url.search = ''
  return url.href
}

interface Found {
  readonly raw: string
  readonly source: ResolvedVariable['source']
}

/**
 * Reads every known variable. The process environment wins over the `.env` file; an empty value counts as unset,
 * as compose files make them; a secret NAME may come from the file that NAME_FILE names.
 */
export function readEnvironment(env: Environment, cwd: string, envFile: string): Reading {
  const problems: string[] = []
  const file = readEnvFile(resolve(cwd, envFile), problems)
  const given = new Set<string>()

  const plain = (name: string): Found | undefined => {
    if (env[name] !== undefined) return env[name] === '' ? undefined : { raw: env[name], source: 'environment' }
    return file[name] === undefined || file[name] === '' ? undefined : { raw: file[name], source: '.env' }
  }
  const fromFile = (name: string): Found | undefined => {
    const path = plain(`${name}_FILE`)
    if (path === undefined) return undefined
    if (plain(name) !== undefined) {
      problems.push(`${name} and ${name}_FILE are both set: keep one of them`)
      return undefined
    }
    try {
      const raw = readFileSync(resolve(cwd, path.raw), 'utf8').replace(/\r?\n$/, '')
      if (raw === '') problems.push(`${name}_FILE names an empty file`)
      return { raw, source: 'file' }
    } catch (error) {
      problems.push(`${name}_FILE names a file that cannot be read (${reason(error)})`)
      return undefined
    }
  }
  const find = (name: string, variable: Variable): Found | undefined => {
    const spellings = variable.alias === undefined ? [name] : [name, variable.alias]
    for (const spelling of spellings) {
      const kept = variable.secret === true ? fromFile(spelling) : undefined
      const found = plain(spelling) ?? kept
      if (found !== undefined) return found
    }
    return undefined
  }

  const values: Record<string, unknown> = {}
  const resolved: ResolvedVariable[] = []
  for (const name of names) {
    const variable: Variable = VARIABLES[name]
    const found = find(name, variable)
    if (found !== undefined) given.add(name)
    const raw = found?.raw ?? variable.fallback
    const shown = raw === null ? (variable.shown?.replaceAll('`', '') ?? 'unset') : mask(variable, raw)
    resolved.push({ name, value: shown, source: found?.source ?? 'default' })
    if (raw === null) continue
    const parsed = variable.schema.safeParse(raw.trim())
    if (parsed.success) values[name] = parsed.data
    else problems.push(`${name} ${parsed.error.issues[0]?.message ?? 'is not valid'}`)
  }
  for (const name of Object.keys({ ...file, ...env })) {
    const isFamily = Object.keys(PREFIXES).some((prefix) => name.startsWith(prefix))
    if (isFamily && plain(name) !== undefined) given.add(name)
  }
  const unknown = Object.keys(file).filter((name) => !given.has(name) && !known.has(name) && plain(name) !== undefined)
  return { values: values as Values, given, resolved, unknown, problems }
}
