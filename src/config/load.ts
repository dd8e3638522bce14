import { join, resolve } from 'node:path'
import { StartError } from '../core/start-error.ts'
import type { Config } from './config.ts'
import { type Environment, type Reading, readEnvironment } from './environment.ts'
import { isLoopback } from '../core/loopback.ts'
import { embedding, embeddingProblems, reranker, rerankerProblems } from './load-search.ts'
import { type Values, VARIABLES, type Variable } from './variables.ts'
import { PACKAGE_VERSION } from './version.ts'
import { webSearch, webSearchProblems, webSearchWarnings } from './web-search.ts'
import { writerProblems, writersOf } from './writers.ts'

/**
 * The configuration of this process: the one place that reads the environment and the `.env` file in `cwd`.
 * Throws a StartError with one line for each problem, each naming its variable.
 */
export function loadConfig(
  env: Environment = process.env,
  cwd: string = process.cwd(),
  { envFile = '.env' }: { readonly envFile?: string } = {},
): Config {
  const reading = readEnvironment(env, cwd, envFile)
  const problems = [...reading.problems, ...(reading.problems.length === 0 ? contradictions(reading.values) : [])]
  if (problems.length > 0) throw new StartError(problems)
  return deepFreeze(assemble(reading, cwd))
}

/** What each variable allows by itself but not with the others. */
function contradictions(values: Values): string[] {
  const problems: string[] = []
  if (values.AUTH_MODE === 'open') {
    if (!isLoopback(values.HOST)) {
      problems.push(
        'HOST must be an address of this machine alone (127.0.0.1, ::1, localhost) while AUTH_MODE is open: set AUTH_MODE=required to serve others',
      )
    }
    if (values.ENVIRONMENT === 'production') {
      problems.push('ENVIRONMENT=production cannot run with AUTH_MODE=open: set AUTH_MODE=required')
    }
    if (values.CORS_ORIGINS.includes('*')) {
      problems.push(
        'CORS_ORIGINS must name its origins while AUTH_MODE is open: with * any web page could use the service',
      )
    }
  }
  if (values.CORS_ORIGINS.includes('*') && values.CORS_ALLOW_CREDENTIALS) {
    problems.push('CORS_ALLOW_CREDENTIALS must be false when CORS_ORIGINS is *')
  }
  problems.push(
    ...embeddingProblems(values),
    ...rerankerProblems(values),
    ...writerProblems(values),
    ...webSearchProblems(values),
  )
  if (values.REDIS_URL !== undefined && !/^\/?\d*$/.test(new URL(values.REDIS_URL).pathname)) {
    problems.push('REDIS_URL must end with the number of a database, as in redis://127.0.0.1:6379/0, or with none')
  }
  if ((values.SSL_CERT_PATH === undefined) !== (values.SSL_KEY_PATH === undefined)) {
    problems.push('SSL_CERT_PATH and SSL_KEY_PATH must be set together')
  } else if (values.FORCE_HTTPS && values.AUTH_MODE === 'open' && values.SSL_CERT_PATH === undefined) {
    problems.push(
      'FORCE_HTTPS must have SSL_CERT_PATH and SSL_KEY_PATH while AUTH_MODE is open: no proxy is let in that could end TLS',
    )
  }
  return problems
}

function assemble({ values, given, resolved, unknown }: Reading, cwd: string): Config {
  const dataDir = resolve(cwd, values.DATA_DIR)
  const sqlitePath =
    values.SQLITE_DB_PATH === undefined ? join(dataDir, 'evident.db') : resolve(cwd, values.SQLITE_DB_PATH)
  return {
    version: PACKAGE_VERSION,
    environment: values.ENVIRONMENT,
    debug: values.DEBUG,
    logLevel: values.DEBUG && !given.has('LOG_LEVEL') ? 'debug' : values.LOG_LEVEL,
    http: {
      host: values.HOST,
      port: values.PORT,
      corsOrigins: values.CORS_ORIGINS,
      corsCredentials: values.CORS_ALLOW_CREDENTIALS,
      tls:
        values.SSL_CERT_PATH === undefined || values.SSL_KEY_PATH === undefined
          ? undefined
          : { certificate: resolve(cwd, values.SSL_CERT_PATH), key: resolve(cwd, values.SSL_KEY_PATH) },
      forceHttps: values.FORCE_HTTPS,
      requestTimeout: values.REQUEST_TIMEOUT * 1000,
      maxConcurrentRequests: values.MAX_CONCURRENT_REQUESTS,
      maxConnections: values.MAX_CONNECTIONS,
      stallTimeout: 4 * values.REQUEST_TIMEOUT * 1000,
      maxBodyMemory: Math.max(BODY_MEMORY, 4 * values.MAX_UPLOAD_BYTES),
      rateLimit:
        values.RATE_LIMIT_REQUESTS === 0
          ? undefined
          : { requests: values.RATE_LIMIT_REQUESTS, window: values.RATE_LIMIT_WINDOW * 1000 },
    },
    auth: {
      mode: values.AUTH_MODE,
      secret: values.JWT_SECRET_KEY,
      sessionLifetime: values.ACCESS_TOKEN_EXPIRE_MINUTES * 60_000,
      googleClientId: values.GOOGLE_CLIENT_ID,
    },
    dataDir,
    redis: redis(values),
    database: database(values, sqlitePath),
    sqlitePath,
    milvus: milvus(values, cwd),
    retention: {
      audit: values.AUDIT_RETENTION_DAYS === 0 ? undefined : values.AUDIT_RETENTION_DAYS * 86_400_000,
      history: values.MAX_HISTORY_ENTRIES === 0 ? undefined : values.MAX_HISTORY_ENTRIES,
    },
    uploads: { maxBytes: values.MAX_UPLOAD_BYTES, wait: values.UPLOAD_WAIT * 1000 },
    embedding: {
      ...embedding(values),
      threads: values.EMBEDDING_THREADS,
      cacheSize: values.EMBEDDING_CACHE_SIZE,
    },
    reranker: reranker(values),
    search: {
      resultsPerDocument: values.RESULTS_PER_DOCUMENT,
      maxIndexMemory: values.MAX_INDEX_MEMORY,
      hidesNearDuplicates: values.NEAR_DUPLICATES === 'hide',
      maxResults: values.MAX_VECTOR_RESULTS,
      threshold: values.VECTOR_SEARCH_THRESHOLD,
      timeout: values.QUERY_TIMEOUT * 1000,
    },
    answers: {
      maxQuestionChars: values.MAX_QUESTION_CHARS,
      keepsDeletedCitations: values.CITATIONS_OF_DELETED === 'keep',
      confidenceThreshold: values.CONFIDENCE_THRESHOLD,
      perUser: values.MAX_ANSWERS_PER_USER === 0 ? undefined : values.MAX_ANSWERS_PER_USER,
      streamGrace: values.STREAM_GRACE * 1000,
      strict: values.ANSWER_STRICT,
      generalKnowledge: values.ANSWER_GENERAL_KNOWLEDGE,
      searchSteps: values.ANSWER_SEARCH_STEPS,
      ...writersOf(values, cwd),
    },
    webSearch: webSearch(values),
    sockets: {
      heartbeat: values.WS_HEARTBEAT_INTERVAL * 1000,
      timeout: values.WS_TIMEOUT * 1000,
      maxConnections: values.WS_MAX_CONNECTIONS,
    },
    cache: { ttl: values.CACHE_TTL * 1000, entries: values.MAX_CACHE_SIZE },
    health: { interval: values.HEALTH_CHECK_INTERVAL * 1000, timeout: values.HEALTH_CHECK_TIMEOUT * 1000 },
    warnings: [...warnings(given, unknown), ...webSearchWarnings(values, given)],
    resolved: resolved.map((variable) => (variable.name === 'DATA_DIR' ? { ...variable, value: dataDir } : variable)),
  }
}

/** A hundred uploads of the usual limit. */
const BODY_MEMORY = 512 * 1_048_576

function database(values: Values, sqlitePath: string): Config['database'] {
  if (values.DATABASE_URL !== undefined) return { kind: 'postgres', url: values.DATABASE_URL }
  if (values.POSTGRES_HOST !== undefined) {
    const host = values.POSTGRES_HOST.includes(':') ? `[${values.POSTGRES_HOST}]` : values.POSTGRES_HOST
    const url = new URL(`postgres://${host}:${values.POSTGRES_PORT}`)
    url.username = encodeURIComponent(values.POSTGRES_USER)
    url.password = encodeURIComponent(values.POSTGRES_PASSWORD ?? '')
    url.pathname = encodeURIComponent(values.POSTGRES_DB)
    return { kind: 'postgres', url: url.href }
  }
  return { kind: 'sqlite', path: sqlitePath }
}

function redis(values: Values): string | undefined {
  if (values.REDIS_URL !== undefined) return values.REDIS_URL
  if (values.REDIS_HOST === undefined) return undefined
  const host = values.REDIS_HOST.includes(':') ? `[${values.REDIS_HOST}]` : values.REDIS_HOST
  const url = new URL(`redis://${host}:${values.REDIS_PORT}/${values.REDIS_DB}`)
  url.password = encodeURIComponent(values.REDIS_PASSWORD ?? '')
  return url.href
}

function milvus(values: Values, cwd: string): Config['milvus'] {
  if (values.MILVUS_HOST === undefined) return undefined
  return {
    host: values.MILVUS_HOST,
    port: values.MILVUS_PORT,
    token: values.MILVUS_TOKEN,
    tls: values.MILVUS_TLS,
    ca: values.MILVUS_CA_PATH === undefined ? undefined : resolve(cwd, values.MILVUS_CA_PATH),
    collection: values.MILVUS_COLLECTION,
    index: values.MILVUS_INDEX,
    fullText: values.MILVUS_FULL_TEXT,
    timeout: values.MILVUS_TIMEOUT * 1000,
  }
}

function warnings(given: ReadonlySet<string>, unknown: readonly string[]): string[] {
  const variables: Readonly<Record<string, Variable>> = VARIABLES
  const idle = [...given].filter((name) => variables[name] === undefined)
  return [
    ...(idle.length === 0 ? [] : [`These settings have no effect in this version: ${idle.join(', ')}.`]),
    ...(unknown.length === 0 ? [] : [`The .env file sets what Evident does not know: ${unknown.join(', ')}.`]),
  ]
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    Object.values(value).forEach(deepFreeze)
  }
  return value
}
