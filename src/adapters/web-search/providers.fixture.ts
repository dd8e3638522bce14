import type { IncomingMessage } from 'node:http'
import type { WebResult, WebSearch } from '../../core/ports/web.ts'
import type { WebSearchDeps } from './adapter.ts'
import { webSearches } from './registry.ts'

/** What the test of all providers has to know of each: its wire format, as it is published. */
export interface KnownProvider {
  create(deps: WebSearchDeps, baseUrl: string, timeout?: number): Promise<WebSearch>
  /** Most results that it gives. */
  readonly most: number
  /** What a question must look like. Gives its words, how many results it wants, and its language. */
  read(
    request: IncomingMessage,
    body: string,
  ): { query: string; limit: string | undefined; language: string | undefined }
  /** The language of a question that is asked in German. */
  readonly german: string | undefined
  /** A whole answer with these results, and behind them entries as they stand. */
  answer(results: readonly WebResult[], more?: readonly unknown[]): object
  readonly nothing: object
  readonly errors: readonly KnownError[]
}

export interface KnownError {
  readonly what: string
  readonly status: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body: unknown
  readonly code: 'upstream_failed' | 'not_ready'
  readonly retryAfter?: number
  readonly message: RegExp
}

export const KEY = 'planted-key-0123456789'
const parametersOf = (request: IncomingMessage): URLSearchParams =>
  new URL(request.url ?? '/', 'http://127.0.0.1').searchParams
const pathOf = (request: IncomingMessage): string => new URL(request.url ?? '/', 'http://127.0.0.1').pathname

function expectThat(condition: boolean, what: string): void {
  if (!condition) throw new Error(`The service would not understand: ${what}`)
}

const searxng: KnownProvider = {
  create: (deps, baseUrl, timeout) =>
    webSearches.searxng.create({ baseUrl: `${baseUrl}/searxng/`, ...(timeout && { timeout }) }, deps),
  most: Infinity,
  read(request) {
    const { method } = request
    const parameters = parametersOf(request)
    expectThat(method === 'GET' && pathOf(request) === '/searxng/search', `${method} ${request.url}`)
    expectThat(parameters.get('format') === 'json', 'format')
    return {
      query: parameters.get('q') ?? '',
      limit: undefined,
      language: parameters.get('language') ?? undefined,
    }
  },
  german: 'de',
  answer: (results, more = []) => ({
    query: 'q',
    number_of_results: 0,
    results: [
      ...results.map(({ url, title, snippet, published }, i) => ({
        url,
        title,
        content: snippet,
        publishedDate: published === undefined ? null : `${published}T00:00:00`,
        thumbnail: '',
        engine: 'duckduckgo',
        template: 'default.html',
        parsed_url: ['https', 'example.com', '/', '', '', ''],
        img_src: '',
        engines: ['duckduckgo', 'brave'],
        positions: [i + 1],
        score: 1 / (i + 1),
        category: 'general',
      })),
      ...more,
    ],
    answers: [],
    corrections: [],
    infoboxes: [],
    suggestions: [],
    unresponsive_engines: [['google', 'Suspended: CAPTCHA']],
  }),
  nothing: {
    query: 'q',
    number_of_results: 0,
    results: [],
    answers: [],
    unresponsive_engines: [['google', 'timeout']],
  },
  errors: [
    {
      what: 'a format that is not switched on',
      status: 403,
      body: '<!doctype html><title>403 Forbidden</title>',
      code: 'upstream_failed',
      message: /settings\.yml must have json among search\.formats/,
    },
    {
      what: 'its limiter',
      status: 429,
      body: '<!doctype html><title>429 Too Many Requests</title>',
      code: 'not_ready',
      message: /takes no more questions just now \(429\)/,
    },
    {
      what: 'an external bang, which is no longer possible, or another site in its place',
      status: 302,
      headers: { location: 'http://127.0.0.1:9/' },
      body: '',
      code: 'upstream_failed',
      message: /is elsewhere \(302\): look at SEARXNG_URL/,
    },
  ],
}

const brave: KnownProvider = {
  create: (deps, baseUrl, timeout) =>
    webSearches.brave.create({ apiKey: KEY, baseUrl, ...(timeout && { timeout }) }, deps),
  most: 20,
  read(request) {
    const { method, headers } = request
    expectThat(method === 'GET' && pathOf(request) === '/res/v1/web/search', `${method} ${request.url}`)
    expectThat(headers['x-subscription-token'] === KEY, 'the key')
    const parameters = parametersOf(request)
    const query = parameters.get('q') ?? ''
    expectThat(query.length <= 400 && query.split(' ').length <= 50, 'q')
    const limit = parameters.get('count') ?? undefined
    expectThat(Number(limit) >= 1 && Number(limit) <= 20, 'count')
    return { query, limit, language: parameters.get('search_lang') ?? undefined }
  },
  german: 'de',
  answer: (results, more = []) => ({
    type: 'search',
    query: { original: 'q', more_results_available: true },
    mixed: { type: 'mixed', main: results.map((_, index) => ({ type: 'web', index, all: false })), top: [], side: [] },
    web: {
      type: 'search',
      results: [
        ...results.map(({ url, title, snippet, published }) => ({
          title,
          url,
          is_source_local: false,
          is_source_both: false,
          description: snippet,
          ...(published === undefined ? {} : { page_age: `${published}T11:20:00`, age: 'May 1, 2024' }),
          profile: { name: 'Example', url, long_name: 'example.com', img: 'https://imgs.search.brave.com/x' },
          language: 'en',
          family_friendly: true,
          type: 'search_result',
          subtype: 'generic',
          meta_url: { scheme: 'https', netloc: 'example.com', hostname: 'example.com', favicon: '', path: '' },
        })),
        ...more,
      ],
      family_friendly: true,
    },
  }),
  nothing: {
    type: 'search',
    query: { original: 'q', more_results_available: false },
    mixed: { type: 'mixed', main: [] },
  },
  errors: [
    {
      what: 'a wrong key',
      status: 422,
      body: {
        id: '5d832250',
        status: 422,
        type: 'ErrorResponse',
        error: {
          id: '5d832250',
          status: 422,
          code: 'SUBSCRIPTION_TOKEN_INVALID',
          detail: `The provided subscription token is invalid: ${KEY}`,
          meta: { component: 'authentication' },
        },
        time: 1_714_521_600,
      },
      code: 'upstream_failed',
      message: /refused the key \(422, SUBSCRIPTION_TOKEN_INVALID\): look at BRAVE_API_KEY/,
    },
    {
      what: 'a wrong parameter',
      status: 422,
      body: { type: 'ErrorResponse', error: { status: 422, code: 'VALIDATION', detail: 'Unable to validate request' } },
      code: 'upstream_failed',
      message: /answered with an error \(422, VALIDATION\)/,
    },
    {
      what: 'too many questions in its window of a second',
      status: 429,
      headers: {
        'x-ratelimit-limit': '1, 2000',
        'x-ratelimit-policy': '1;w=1, 2000;w=2592000',
        'x-ratelimit-remaining': '0, 1999',
        'x-ratelimit-reset': '1, 1419704',
      },
      body: {
        type: 'ErrorResponse',
        error: { status: 429, code: 'RATE_LIMITED', detail: 'Request rate limit exceeded' },
      },
      code: 'not_ready',
      retryAfter: 1,
      message: /takes no more questions just now \(429, RATE_LIMITED\)/,
    },
    {
      what: 'all questions of the month asked',
      status: 429,
      headers: { 'x-ratelimit-remaining': '0, 0', 'x-ratelimit-reset': '1, 1419704' },
      body: { type: 'ErrorResponse', error: { status: 429, code: 'RATE_LIMITED', detail: 'Request quota exceeded' } },
      code: 'not_ready',
      retryAfter: 1_419_704,
      message: /takes no more questions just now/,
    },
  ],
}

const tavily: KnownProvider = {
  create: (deps, baseUrl, timeout) =>
    webSearches.tavily.create({ apiKey: KEY, baseUrl, ...(timeout && { timeout }) }, deps),
  most: 20,
  read(request, body) {
    const { method, url, headers } = request
    expectThat(method === 'POST' && url === '/search', `${method} ${url}`)
    expectThat(headers.authorization === `Bearer ${KEY}`, 'the key')
    expectThat(headers['content-type'] === 'application/json', 'the type of the body')
    const { query, max_results: limit } = JSON.parse(body) as { query: string; max_results: number }
    expectThat(query.length <= 400 && limit >= 0 && limit <= 20, body)
    return { query, limit: String(limit), language: undefined }
  },
  german: undefined,
  answer: (results, more = []) => ({
    query: 'q',
    follow_up_questions: null,
    answer: null,
    images: [],
    results: [
      ...results.map(({ url, title, snippet, published }, i) => ({
        title,
        url,
        content: snippet,
        score: 1 / (i + 1),
        raw_content: null,
        ...(published === undefined ? {} : { published_date: new Date(`${published}T10:00:00Z`).toUTCString() }),
      })),
      ...more,
    ],
    response_time: 1.2,
    request_id: '123',
  }),
  nothing: { query: 'q', answer: null, images: [], results: [], response_time: 0.4 },
  errors: [
    {
      what: 'a wrong key',
      status: 401,
      body: { detail: { error: `Unauthorized: missing or invalid API key ${KEY}.` } },
      code: 'upstream_failed',
      message: /refused the key \(401\): look at TAVILY_API_KEY/,
    },
    {
      what: 'too many questions',
      status: 429,
      headers: { 'retry-after': '17' },
      body: { detail: { error: 'Your request has been blocked due to excessive requests.' } },
      code: 'not_ready',
      retryAfter: 17,
      message: /takes no more questions just now \(429\)/,
    },
    ...[432, 433].map((status): KnownError => ({
      what: 'a plan that is used up',
      status,
      body: { detail: { error: "This request exceeds your plan's set usage limit." } },
      code: 'upstream_failed',
      message: /plan at the web search \(Tavily\) is used up/,
    })),
  ],
}

const googleError = (code: number, status: string, reason: string, more: object[] = []): object => ({
  error: {
    code,
    message: `Something with ${KEY}`,
    errors: [{ message: 'Something', domain: 'usageLimits', reason }],
    status,
    details: more,
  },
})

const google: KnownProvider = {
  create: (deps, baseUrl, timeout) =>
    webSearches.google.create({ apiKey: KEY, engineId: 'engine-1', baseUrl, ...(timeout && { timeout }) }, deps),
  most: 10,
  read(request) {
    const { method, headers } = request
    const parameters = parametersOf(request)
    expectThat(method === 'GET' && pathOf(request) === '/customsearch/v1', `${method} ${request.url}`)
    expectThat(headers['x-goog-api-key'] === KEY && parameters.get('cx') === 'engine-1', 'key and engine')
    const limit = parameters.get('num') ?? undefined
    expectThat(Number(limit) >= 1 && Number(limit) <= 10, 'num')
    return { query: parameters.get('q') ?? '', limit, language: parameters.get('lr') ?? undefined }
  },
  german: 'lang_de',
  answer: (results, more = []) => ({
    kind: 'customsearch#search',
    url: { type: 'application/json', template: 'https://www.googleapis.com/customsearch/v1?q={searchTerms}' },
    queries: { request: [{ title: 'q', totalResults: '2', count: results.length, startIndex: 1 }] },
    searchInformation: { searchTime: 0.2, totalResults: '2' },
    items: [
      ...results.map(({ url, title, snippet, published }) => ({
        kind: 'customsearch#result',
        title,
        htmlTitle: `<b>${title}</b>`,
        link: url,
        displayLink: 'example.com',
        snippet,
        htmlSnippet: `<b>${snippet}</b>`,
        formattedUrl: url,
        ...(published === undefined
          ? {}
          : {
              pagemap: { metatags: [{ 'og:title': title, 'article:published_time': `${published}T09:00:00+00:00` }] },
            }),
      })),
      ...more,
    ],
  }),
  nothing: { kind: 'customsearch#search', searchInformation: { searchTime: 0.1, totalResults: '0' } },
  errors: [
    {
      what: 'a wrong key',
      status: 400,
      body: googleError(400, 'INVALID_ARGUMENT', 'badRequest', [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com' },
      ]),
      code: 'upstream_failed',
      message: /refused the key \(400, INVALID_ARGUMENT\): look at GOOGLE_API_KEY and GOOGLE_CSE_ID/,
    },
    {
      what: 'an API that the key is not for',
      status: 403,
      body: googleError(403, 'PERMISSION_DENIED', 'forbidden'),
      code: 'upstream_failed',
      message: /refused the key \(403, PERMISSION_DENIED\)/,
    },
    {
      what: 'too many questions, in the older form',
      status: 403,
      body: googleError(403, 'RESOURCE_EXHAUSTED', 'userRateLimitExceeded'),
      code: 'not_ready',
      message: /takes no more questions just now \(403, RESOURCE_EXHAUSTED\)/,
    },
    {
      what: 'too many questions',
      status: 429,
      headers: { 'retry-after': '60' },
      body: googleError(429, 'RESOURCE_EXHAUSTED', 'rateLimitExceeded'),
      code: 'not_ready',
      retryAfter: 60,
      message: /takes no more questions just now \(429, RESOURCE_EXHAUSTED\)/,
    },
    {
      what: 'the questions of the day',
      status: 403,
      body: googleError(403, 'PERMISSION_DENIED', 'dailyLimitExceeded'),
      code: 'upstream_failed',
      message: /plan at the web search \(Google\) is used up/,
    },
  ],
}

/** One for each line of the registry: a provider without one is a type error. */
export const KNOWN: Readonly<Record<keyof typeof webSearches, KnownProvider>> = { brave, google, searxng, tavily }
