import { PARSERS, parserForMediaType } from '../adapters/parsers/registry.ts'
import { PACKAGE_VERSION } from '../config/version.ts'
import type { DocumentReader } from '../core/ports/reading.ts'
import { blobBytes } from '../database/blobs.ts'
import { createFetch, type Limits } from '../egress/fetch.ts'
import type { Resolve } from '../egress/lookup.ts'
import { PUBLIC_ONLY, type Rules } from '../egress/target.ts'
import { createHostTurns } from '../features/crawling/host-turns.ts'
import { createPageReader } from '../features/crawling/scraping.ts'
import { createReadPage } from '../features/crawling/read-page.ts'
import { createSiteFiles } from '../features/crawling/site-files.ts'
import { createTurns } from '../features/crawling/turns.ts'
import { createVisit } from '../features/crawling/visit.ts'
import type { Preparer } from '../features/ingestion/prepare.ts'
import type { PartsDeps } from './parts.ts'

/** How pages of the web are reached, where a test says otherwise. */
export interface WebOptions {
  readonly rules?: Rules
  readonly resolve?: Resolve
  /** Milliseconds between two requests of crawls to a host. */
  readonly pauseMs?: number
  /** Milliseconds that an answer waits for a page. */
  readonly patienceMs?: number
  /** Milliseconds that an answer waits for all that it reads before it is written. */
  readonly readingPatienceMs?: number
}

/** Whoever asks waits for it. */
const PATIENCE_MS = 10_000
/** One page that is slow costs the answer itself; several, one after another, must not cost more. */
const READING_PATIENCE_MS = 12_000
/** As many as a careful reader opens. */
const PAUSE_MS = 1_000

const LIMITS: Omit<Limits, 'bytes' | 'mediaTypes'> = { ratio: 100, milliseconds: 15_000, redirects: 5 }

/** What is read, and what servers call files that they do not know: the content decides. */
const MEDIA_TYPES: ReadonlySet<string> = new Set([
  ...PARSERS.flatMap((parser) => parser.mediaTypes),
  '',
  'text/x-markdown',
  'application/x-pdf',
  'application/octet-stream',
  'binary/octet-stream',
  'application/x-download',
])

/** Of robots.txt and sitemaps; a gzip file is unpacked by who reads it. */
const FILE_TYPES: ReadonlySet<string> = new Set([
  '',
  'text/plain',
  'text/xml',
  'application/xml',
  'application/gzip',
  'application/x-gzip',
  'application/octet-stream',
  'binary/octet-stream',
])
const MOST_FILE_BYTES = 10 * 2 ** 20

interface WebDeps extends PartsDeps {
  readonly reader: DocumentReader
  readonly preparer: Preparer
  readonly web: WebOptions
}

/** What reads pages of the web: each request leaves by the door (egress), to public addresses alone. */
export function createWeb({ config, stores, instances, clock, logger, opened, reader, preparer, web }: WebDeps) {
  const { database } = stores
  const { rules = PUBLIC_ONLY, resolve, pauseMs = PAUSE_MS } = web
  const { patienceMs = PATIENCE_MS, readingPatienceMs = READING_PATIENCE_MS } = web
  const door = (limits: Pick<Limits, 'bytes' | 'mediaTypes'>) =>
    opened(createFetch({ rules, limits: { ...LIMITS, ...limits }, ...(resolve && { resolve }) }))
  const pages = door({ bytes: config.uploads.maxBytes, mediaTypes: MEDIA_TYPES })
  const version = PACKAGE_VERSION
  const visit = createVisit({ fetch: pages, bytes: (sha256) => blobBytes(database.read, sha256), clock, version })
  const readPage = createReadPage({
    visit,
    reader,
    extensionOf: (mediaType) => parserForMediaType(mediaType)?.extensions[0],
  })
  return {
    rules,
    pauseMs,
    patience: { patience: patienceMs, readingPatience: readingPatienceMs },
    readPage,
    pageReader: createPageReader(readPage, (input, options) => preparer.prepare(input, options)),
    siteFiles: createSiteFiles({ fetch: door({ bytes: MOST_FILE_BYTES, mediaTypes: FILE_TYPES }), version }),
    turns: createTurns(clock, instances.alone ? undefined : createHostTurns({ database, instances, logger })),
  }
}
