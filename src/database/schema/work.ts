// What processes do, and which of them there are.
import type { DocumentId, JobId, UserId } from '../../core/ids.ts'
import type { Immutable } from './immutable.ts'

export type JobState = 'queued' | 'running' | 'done' | 'failed' | 'cancelled'

export interface JobsTable {
  id: Immutable<JobId>
  owner_id: UserId
  kind: Immutable<string>
  state: JobState
  /** Where the next attempt goes on: steps before it are done and are not done again. */
  stage: string
  /** Which lane of the runner works on that stage. */
  lane: string
  done: number
  total: number
  message: string
  attempts: number
  max_attempts: number
  /** Not before this time (backoff). */
  run_at: string
  lease_owner: string | null
  lease_until: string | null
  cancel_requested: number
  error_code: string | null
  error_detail: string | null
  document_id: DocumentId | null
  created_at: Immutable<string>
  updated_at: string
}

/** What a job of the kind `crawl` works on. */
export interface CrawlsTable {
  job_id: Immutable<JobId>
  /** JSON: what was asked for. */
  options: Immutable<string>
  /** What its pages have in common (features/crawling/addresses.ts); the start page's redirect may change it. */
  site: string
  sitemap_read: number
  /** Sketch of what the site answers with 200 for a page that it does not have; '' where it says 404; null: not asked. */
  missing_page: string | null
  created_at: Immutable<string>
}

/** Every address that a crawl knows, each once. */
export interface CrawlUrlsTable {
  job_id: Immutable<JobId>
  url: Immutable<string>
  /** In which order they are visited. */
  position: number
  /** Links from the start page. */
  depth: number
  /** How many pages of its own shape led to it one after the other. */
  chain: number
  /** `stored`: a page of the result; `skipped`: nothing is wrong with it, and yet it is none. */
  state: 'queued' | 'stored' | 'failed' | 'skipped'
  reason: string | null
  attempts: number
  document_id: DocumentId | null
  /** Of a stored page's text. */
  sketch: string | null
}

/** Which instance asks a host of the web for something, as crawls do; '' for a time that there never was. */
export interface CrawlTurnsTable {
  host: Immutable<string>
  /** The instance that has, or had, the turn. */
  holder: string
  leased_until: string
  /** When the last request ended. */
  ended_at: string
  /** Until when the host wants to be left alone. */
  held_until: string
}

/** The processes that share the database. Times are the database's own, as those of their machines may differ. */
export interface InstancesTable {
  id: Immutable<string>
  /** The data folder; one process at a time has it. */
  place: Immutable<string>
  /** A digest of what signs its log-ins; null: it has none. */
  signing_key: Immutable<string | null>
  started_at: Immutable<string>
  seen_at: string
  /** The number of the last change that its index's snapshot shows. */
  kept: number
}

/** Named totals that survive a restart; `change_log` holds the last sequence number given out. */
export interface CountersTable {
  name: Immutable<string>
  value: number
}

export interface StatisticsSnapshotsTable {
  at: Immutable<string>
  /** JSON object of numbers. */
  totals: Immutable<string>
}
