import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test, type TestContext } from 'node:test'
import { parseEnv } from 'node:util'
import { StartError } from '../core/start-error.ts'
import { loadConfig } from './load.ts'
import { exampleEnvironment, referenceTables } from './reference.ts'
import { VARIABLES, type Variable } from './variables.ts'

function folder(t: TestContext, files: Record<string, string> = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'evident-config-'))
  t.after(() => rmSync(path, { recursive: true, force: true }))
  for (const [name, content] of Object.entries(files)) writeFileSync(join(path, name), content)
  return path
}

function problems(env: Record<string, string>, cwd = tmpdir()): readonly string[] {
  try {
    loadConfig(env, cwd)
    return []
  } catch (error) {
    assert.ok(error instanceof StartError)
    return error.lines
  }
}

test('without any setting everything has its default', (t) => {
  const cwd = folder(t)
  const config = loadConfig({}, cwd)
  assert.equal(config.http.host, '127.0.0.1')
  assert.equal(config.http.port, 8000)
  assert.equal(config.http.requestTimeout, 30_000)
  assert.equal(config.dataDir, join(cwd, 'data'))
  assert.deepEqual(config.database, { kind: 'sqlite', path: join(cwd, 'data', 'evident.db') })
  assert.equal(config.uploads.maxBytes, 5 * 1024 * 1024)
  assert.equal(config.embedding.model, undefined)
  assert.deepEqual(config.warnings, [])
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.http) && Object.isFrozen(config.http.corsOrigins))
})

test('the environment wins over .env, and empty means unset', (t) => {
  const cwd = folder(t, { '.env': 'PORT=9000\nDATA_DIR=elsewhere\nDEBUG=yes\n' })
  const config = loadConfig({ PORT: '9001', DATA_DIR: '' }, cwd)
  assert.equal(config.http.port, 9001)
  assert.equal(config.dataDir, join(cwd, 'data'))
  assert.equal(config.debug, true)
  assert.equal(config.logLevel, 'debug')
  const sources = new Map(config.resolved.map(({ name, source }) => [name, source]))
  assert.deepEqual([sources.get('PORT'), sources.get('DEBUG'), sources.get('HOST')], ['environment', '.env', 'default'])
})

test('a misspelt name in .env is named in a warning, and one of the environment, which holds many, is not', (t) => {
  const text = 'POTR=9000\nPORT=9001\nSIMILARITY_THRESHOLD=0.1\nOTEL_SERVICE_NAME=\nDATABASE_URL_FILE=\nUNSET=\n'
  const { warnings } = loadConfig({ SHLVL: '1' }, folder(t, { '.env': text }))
  assert.deepEqual(warnings, ['The .env file sets what Evident does not know: POTR.'])
})

test('each bad value is one line that names its variable and does not repeat it', () => {
  const bad: Record<string, string> = {
    PORT: '70000',
    HOST: 'not a host',
    ENVIRONMENT: 'staging',
    DEBUG: 'maybe',
    LOG_LEVEL: 'loud',
    MAX_UPLOAD_BYTES: '5MB',
    UPLOAD_WAIT: '-1',
    REQUEST_TIMEOUT: '0',
    MAX_CONCURRENT_REQUESTS: '1e3',
    CORS_ORIGINS: 'http://localhost:3000/path',
    CONFIDENCE_THRESHOLD: '1.5',
    DATABASE_URL: 'mysql://user:hunter2@host/db',
    LOCAL_EMBEDDING_MODEL: 'gpt-9',
    RESULTS_PER_DOCUMENT: 'three',
    MAX_INDEX_MEMORY: '12.5',
    REDIS_URL: 'http://localhost',
    MILVUS_PORT: 'x',
    ACCESS_TOKEN_EXPIRE_MINUTES: 'never',
  }
  const lines = problems(bad)
  assert.deepEqual(new Set(lines.map((line) => line.split(' ')[0])), new Set(Object.keys(bad)))
  assert.equal(lines.length, Object.keys(bad).length)
  assert.doesNotMatch(lines.join(), /hunter2/)
  for (const line of lines) assert.match(line, / must be /)
})

test('open mode refuses to be reachable', () => {
  assert.match(problems({ HOST: '0.0.0.0' }).join(), /^HOST must be an address of this machine alone/)
  assert.match(problems({ HOST: '192.168.1.2' }).join(), /^HOST /)
  assert.match(problems({ HOST: '::' }).join(), /^HOST /)
  assert.match(problems({ ENVIRONMENT: 'production' }).join(), /^ENVIRONMENT=production cannot run/)
  assert.match(problems({ CORS_ORIGINS: '*' }).join(), /^CORS_ORIGINS must name its origins/)
  assert.deepEqual(problems({ AUTH_MODE: 'required', HOST: '0.0.0.0', ENVIRONMENT: 'production' }), [])
  for (const host of ['localhost', '127.0.0.2', '::1', '[::1]']) assert.deepEqual(problems({ HOST: host }), [])
})

test('TLS takes both files, and forcing it takes somebody who does it', (t) => {
  const cwd = folder(t)
  const both = { SSL_CERT_PATH: 'cert.pem', SSL_KEY_PATH: '/etc/key.pem' }
  const { http, warnings } = loadConfig({ ...both, FORCE_HTTPS: 'true' }, cwd)
  assert.deepEqual(http.tls, { certificate: join(cwd, 'cert.pem'), key: '/etc/key.pem' })
  assert.deepEqual([http.forceHttps, warnings], [true, []])
  assert.deepEqual(problems({ SSL_KEY_PATH: 'key.pem' }), ['SSL_CERT_PATH and SSL_KEY_PATH must be set together'])
  assert.match(problems({ FORCE_HTTPS: 'true' }).join(), /^FORCE_HTTPS must have SSL_CERT_PATH and SSL_KEY_PATH while/)
  assert.deepEqual(problems({ FORCE_HTTPS: 'true', AUTH_MODE: 'required' }), [])
})

test('what is not available yet stops the start where the default would mislead, and is named once elsewhere', () => {
  const config = loadConfig({ KAFKA_PASSWORD: 'sk-1', STRIPE_KEY: 'sk-2', OTEL_SERVICE_NAME: 'x', PORT: '1' }, tmpdir())
  assert.equal(config.warnings.length, 1)
  assert.match(config.warnings[0] ?? '', /KAFKA_PASSWORD, STRIPE_KEY, OTEL_SERVICE_NAME/)
  assert.doesNotMatch(JSON.stringify(config), /sk-1|sk-2/)
})

test('Redis is named by a URL or in parts', () => {
  const made = (env: Record<string, string>) => loadConfig(env, tmpdir())
  assert.equal(made({}).redis, undefined)
  const parts = { REDIS_HOST: '::1', REDIS_PORT: '6380', REDIS_PASSWORD: 'p@ss/word', REDIS_DB: '2' }
  const { redis, resolved, warnings } = made(parts)
  assert.equal(redis, 'redis://:p%40ss%2Fword@[::1]:6380/2')
  assert.deepEqual(warnings, [])
  assert.doesNotMatch(JSON.stringify(resolved), /p@ss|p%40ss/)
  assert.equal(made({ ...parts, REDIS_URL: 'rediss://a:b@redis:1' }).redis, 'rediss://a:b@redis:1')
  assert.match(problems({ REDIS_URL: 'redis://:hunter2@redis/cache' }).join(), /^REDIS_URL must end with the number of/)
})

test('who makes the vectors follows from what is set', () => {
  const made = (env: Record<string, string>) => loadConfig(env, tmpdir()).embedding
  const nothing = { model: undefined, localOnly: false, openai: undefined, ollama: undefined }
  const others = { threads: undefined, cacheSize: 10_000, batchSize: 64, maxTokens: undefined }
  assert.deepEqual(made({}), { ...nothing, ...others })
  assert.deepEqual(made({ EMBEDDING_PROVIDER: 'local' }), { ...nothing, ...others, localOnly: true })
  assert.equal(made({ LOCAL_EMBEDDING_MODEL: 'multilingual-e5-small' }).model, 'multilingual-e5-small')
  const key = { OPENAI_API_KEY: 'k' }
  const openai = { baseUrl: 'https://api.openai.com/v1', apiKey: 'k' }
  // It may be migrated to, and the documents say what serves.
  assert.deepEqual(made({ ...key, OPENAI_EMBEDDING_MODEL: 'm' }), { ...nothing, ...others, openai })
  assert.equal(made({ ...key, EMBEDDING_PROVIDER: 'openai' }).model, 'openai/text-embedding-3-small')
  const asked = { ...key, EMBEDDING_PROVIDER: 'openai', EMBEDDING_MODEL: 'a', EMBEDDING_DIM: '256' }
  assert.equal(made(asked).model, 'openai/a#256')
  assert.equal(made({ ...asked, OPENAI_EMBEDDING_MODEL: 'b' }).model, 'openai/b#256')
  const ollama = { EMBEDDING_PROVIDER: 'ollama', EMBEDDING_MODEL: 'nomic-embed-text:latest' }
  assert.deepEqual(
    [made(ollama).model, made(ollama).ollama],
    ['ollama/nomic-embed-text:latest', { baseUrl: 'http://127.0.0.1:11434' }],
  )
  assert.equal(made({ OLLAMA_BASE_URL: 'http://127.0.0.1:1' }).ollama?.baseUrl, 'http://127.0.0.1:1')

  assert.match(problems({ EMBEDDING_PROVIDER: 'openai' }).join(), /^EMBEDDING_PROVIDER=openai needs OPENAI_API_KEY/)
  const own = { EMBEDDING_PROVIDER: 'openai', OPENAI_BASE_URL: 'http://127.0.0.1/v1', LLM_PROVIDER: 'extractive' }
  assert.match(problems(own).join(), /^OPENAI_EMBEDDING_MODEL must name the model/)
  assert.match(problems({ EMBEDDING_PROVIDER: 'ollama' }).join(), /^EMBEDDING_MODEL must name the model/)
  assert.match(problems({ EMBEDDING_MODEL: 'a#1' }).join(), /^EMBEDDING_MODEL must be a name without spaces/)
  assert.match(problems({ OLLAMA_BASE_URL: 'http://u:hunter2@h' }).join(), /^OLLAMA_BASE_URL must not hold/)
})

test('who orders results anew follows from what is set', () => {
  const made = (env: Record<string, string>) => loadConfig(env, tmpdir()).reranker
  assert.equal(made({ RERANKER_API_KEY: 'k' }), undefined)
  assert.deepEqual(made({ RERANKER: 'cohere', RERANKER_API_KEY: 'k' }), {
    format: 'cohere',
    url: 'https://api.cohere.com/v2/rerank',
    apiKey: 'k',
    model: 'rerank-v3.5',
  })
  const own = { RERANKER: 'jina', RERANKER_URL: 'http://127.0.0.1:1/v1/', RERANKER_MODEL: 'm' }
  const served = { format: 'jina', url: 'http://127.0.0.1:1/v1/rerank', apiKey: undefined, model: 'm' } as const
  assert.deepEqual(made(own), served)
  assert.deepEqual(made({ ...own, RERANKER_URL: 'http://127.0.0.1:1/v1/rerank' }), served)

  assert.match(problems({ RERANKER: 'jina' }).join(), /^RERANKER=jina needs RERANKER_API_KEY/)
  assert.match(problems({ ...own, RERANKER_MODEL: '' }).join(), /^RERANKER_MODEL must name/)
  assert.match(problems({ ...own, RERANKER_URL: 'http://u:hunter2@h' }).join(), /^RERANKER_URL must not hold/)
})

test('who answers follows from what is set', () => {
  const answers = (env: Record<string, string>) => loadConfig(env, tmpdir()).answers
  const writer = (env: Record<string, string>) => answers(env).writers[0]
  assert.equal(writer({}), undefined)
  assert.equal(writer({ OPENAI_MODEL: 'x', OLLAMA_BASE_URL: 'http://127.0.0.1:1' }), undefined)
  assert.equal(writer({ OPENAI_API_KEY: 'k', LLM_PROVIDER: 'extractive' }), undefined)
  const openai = { provider: 'openai', contextWindow: undefined } as const
  const home = 'https://api.openai.com/v1'
  assert.deepEqual(writer({ OPENAI_API_KEY: 'k' }), { ...openai, apiKey: 'k', baseUrl: home, model: 'gpt-4o-mini' })
  const own = { OPENAI_BASE_URL: 'http://127.0.0.1:8080/v1', OPENAI_MODEL: 'm', MAX_CONTEXT_TOKENS: '4096' }
  const served = { ...openai, apiKey: undefined, baseUrl: own.OPENAI_BASE_URL, model: 'm', contextWindow: 4096 }
  assert.deepEqual(writer(own), served)
  assert.deepEqual(writer({ ...own, LLM_PROVIDER: 'openai' }), served)
  assert.deepEqual(writer({ ANTHROPIC_API_KEY: 'a' }), {
    provider: 'anthropic',
    apiKey: 'a',
    baseUrl: 'https://api.anthropic.com',
    model: 'claude-haiku-4-5',
    contextWindow: undefined,
  })
  assert.deepEqual(writer({ OLLAMA_MODEL: 'm' }), {
    provider: 'ollama',
    baseUrl: 'http://127.0.0.1:11434',
    model: 'm',
    contextWindow: undefined,
  })

  const local = { provider: 'local', file: join(tmpdir(), 'm.gguf'), contextWindow: undefined, threads: undefined }
  assert.deepEqual(writer({ LOCAL_LLM_MODEL: 'm.gguf' }), local)
  assert.deepEqual(writer({ LOCAL_LLM_MODEL: local.file, LOCAL_LLM_THREADS: '2' }), { ...local, threads: 2 })

  const order = (env: Record<string, string>) => {
    const { writers, quotesInstead } = answers({
      OPENAI_API_KEY: 'k',
      ANTHROPIC_API_KEY: 'a',
      OLLAMA_MODEL: 'm',
      ...env,
    })
    return [...writers.map(({ provider }) => provider), ...(quotesInstead ? ['quotes'] : [])].join(' ')
  }
  assert.equal(order({}), 'openai anthropic ollama quotes')
  assert.equal(order({ LLM_PROVIDER: 'ollama' }), 'ollama openai anthropic quotes')
  assert.equal(order({ LLM_PROVIDER: 'ollama', LLM_FALLBACK: 'none' }), 'ollama')
  assert.equal(order({ LLM_FALLBACK: 'ollama,anthropic' }), 'openai ollama anthropic')
  assert.equal(order({ LLM_FALLBACK: 'ollama,extractive,anthropic' }), 'openai ollama quotes')
  assert.equal(order({ LOCAL_LLM_MODEL: 'm.gguf' }), 'openai anthropic ollama local quotes')
  assert.equal(order({ LLM_PROVIDER: 'extractive' }), 'quotes')

  assert.match(problems({ LLM_PROVIDER: 'anthropic' }).join(), /^LLM_PROVIDER=anthropic needs ANTHROPIC_API_KEY/)
  assert.match(problems({ LLM_PROVIDER: 'ollama' }).join(), /^LLM_PROVIDER=ollama needs OLLAMA_MODEL/)
  assert.match(problems({ LLM_PROVIDER: 'local' }).join(), /^LLM_PROVIDER=local needs LOCAL_LLM_MODEL/)
  assert.match(problems({ LLM_FALLBACK: 'ollama' }).join(), /^LLM_FALLBACK names ollama, which needs OLLAMA_MODEL/)
  assert.match(problems({ LLM_FALLBACK: 'none,extractive' }).join(), /^LLM_FALLBACK must name nobody besides none/)
  assert.match(problems({ LLM_PROVIDER: 'openai' }).join(), /^LLM_PROVIDER=openai needs OPENAI_API_KEY/)
  assert.match(problems({ OPENAI_BASE_URL: 'http://127.0.0.1/v1' }).join(), /^OPENAI_MODEL must name/)
  const lines = problems({ OPENAI_BASE_URL: 'http://u:hunter2@127.0.0.1/v1', OPENAI_MODEL: 'm' })
  assert.match(lines.join(), /^OPENAI_BASE_URL must not hold a user or a password/)
  assert.doesNotMatch(lines.join(), /hunter2/)
  const both = problems({ ANSWER_STRICT: 'true', ANSWER_GENERAL_KNOWLEDGE: 'true' })
  assert.match(both.join(), /^ANSWER_GENERAL_KNOWLEDGE must be false while ANSWER_STRICT/)
})

test('who searches the web follows from what is set', () => {
  const search = (env: Record<string, string>) => loadConfig(env, tmpdir()).webSearch
  assert.equal(search({}), undefined)
  assert.equal(search({ BRAVE_API_KEY: 'k' }), undefined)
  const google = { GOOGLE_API_KEY: 'k', GOOGLE_CSE_ID: 'c' }
  assert.deepEqual(search({ WEB_SEARCH_PROVIDER: 'Google', ...google }), {
    provider: 'google',
    apiKey: 'k',
    engineId: 'c',
  })
  assert.deepEqual(search({ WEB_SEARCH_PROVIDER: 'brave', BRAVE_API_KEY: 'k', ...google }), {
    provider: 'brave',
    apiKey: 'k',
  })
  assert.deepEqual(search({ WEB_SEARCH_PROVIDER: 'tavily', TAVILY_API_KEY: 'k' }), { provider: 'tavily', apiKey: 'k' })
  const baseUrl = 'http://127.0.0.1:8888'
  const own = { WEB_SEARCH_PROVIDER: 'searxng', SEARXNG_URL: baseUrl }
  assert.deepEqual(search(own), { provider: 'searxng', baseUrl })
  assert.deepEqual(loadConfig(own, tmpdir()).warnings, [])

  const { warnings } = loadConfig({ BRAVE_API_KEY: 'hunter2', SEARXNG_URL: baseUrl }, tmpdir())
  assert.deepEqual(warnings, ['WEB_SEARCH_PROVIDER is not set: no effect have BRAVE_API_KEY, SEARXNG_URL.'])
  assert.deepEqual(problems({ WEB_SEARCH_PROVIDER: 'google' }), [
    'WEB_SEARCH_PROVIDER=google needs GOOGLE_API_KEY and GOOGLE_CSE_ID',
  ])
  assert.deepEqual(problems({ WEB_SEARCH_PROVIDER: 'searxng', BRAVE_API_KEY: 'k' }), [
    'WEB_SEARCH_PROVIDER=searxng needs SEARXNG_URL',
  ])
  assert.deepEqual(problems({ SEARXNG_URL: 'http://u:hunter2@127.0.0.1' }), [
    'SEARXNG_URL must not hold a user or a password',
  ])
  const masked = loadConfig({ WEB_SEARCH_PROVIDER: 'brave', BRAVE_API_KEY: 'hunter2' }, tmpdir()).resolved
  assert.equal(masked.find(({ name }) => name === 'BRAVE_API_KEY')?.value, '********')
})

test('secrets come from files, older names are understood, and neither is printed', (t) => {
  const cwd = folder(t, { password: 'p@ss word/1\n', empty: '' })
  const config = loadConfig(
    { POSTGRES_HOST: 'db', POSTGRES_PASSWORD_FILE: 'password', SIMILARITY_THRESHOLD: '0.4', MAX_SEARCH_RESULTS: '7' },
    cwd,
  )
  assert.equal(config.search.threshold, 0.4)
  assert.equal(config.search.maxResults, 7)
  assert.ok(config.database.kind === 'postgres')
  assert.equal(decodeURIComponent(new URL(config.database.url).password), 'p@ss word/1')
  const byUrl = loadConfig({ DATABASE_URL: 'postgres://user:hunter2@db/evident' }, cwd)
  const shown = byUrl.resolved.find(({ name }) => name === 'DATABASE_URL')?.value
  assert.equal(shown, 'postgres://user:********@db/evident')
  const secret = loadConfig({ SECRET_KEY: 'hunter2'.repeat(5) }, cwd).resolved.find(
    ({ name }) => name === 'JWT_SECRET_KEY',
  )
  assert.equal(secret?.value, '********')
  assert.deepEqual(problems({ JWT_SECRET_KEY: 'x'.repeat(31) }), ['JWT_SECRET_KEY must be at least 32 characters long'])

  assert.match(
    problems({ POSTGRES_PASSWORD_FILE: 'missing' }, cwd).join(),
    /^POSTGRES_PASSWORD_FILE names a file that cannot be read \(ENOENT\)$/,
  )
  assert.match(
    problems({ POSTGRES_PASSWORD_FILE: 'empty' }, cwd).join(),
    /^POSTGRES_PASSWORD_FILE names an empty file$/,
  )
  assert.match(problems({ POSTGRES_PASSWORD_FILE: 'password', POSTGRES_PASSWORD: 'x' }, cwd).join(), /are both set/)
})

test('.env.example and docs/configuration.md say what the program reads', () => {
  const root = new URL('../../', import.meta.url)
  const again = 'run node scripts/config-docs.ts'
  const example = readFileSync(new URL('.env.example', root), 'utf8')
  assert.equal(example, exampleEnvironment(), again)
  assert.ok(readFileSync(new URL('docs/configuration.md', root), 'utf8').includes(referenceTables()), again)
  // Uncommented, the example is the default: a start with it must not be refused.
  const env = parseEnv(example.replace(/^#(?=[A-Z])/gm, ''))
  assert.deepEqual(loadConfig(env as Record<string, string>, tmpdir()).warnings, [])
})

test('every default passes its own check', () => {
  for (const [name, variable] of Object.entries(VARIABLES as Record<string, Variable>)) {
    if (variable.fallback !== null) assert.ok(variable.schema.safeParse(variable.fallback).success, name)
  }
})
