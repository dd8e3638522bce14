import { readFileSync } from 'node:fs'
import { z } from 'zod'

/** Version of the package, from its own package.json (two folders up in the sources and in the built package alike). */
export const PACKAGE_VERSION: string = z
  .object({ version: z.string() })
  .parse(JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))).version
