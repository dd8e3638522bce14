// What Anthropic's models take differs by generation, and their names tell it: `claude-3-5-sonnet-20241022`,
// `claude-sonnet-4-20250514`, `claude-opus-4-8`, `claude-sonnet-5`. A name that tells nothing is taken for a new model.
// https://platform.claude.com/docs/en/about-claude/models/overview

interface Version {
  readonly family: string
  readonly major: number
  readonly minor: number
}

function versionOf(model: string): Version {
  const old = /^claude-(?:instant-)?(\d)(?:[.-](\d)(?!\d))?(?:-([a-z]+))?/.exec(model)
  if (old !== null) return { family: old[3] ?? '', major: Number(old[1]), minor: Number(old[2] ?? 0) }
  const named = /^claude-([a-z]+)-(\d{1,2})(?!\d)(?:-(\d{1,2})(?!\d))?/.exec(model)
  if (named === null) return { family: '', major: Infinity, minor: 0 }
  return { family: named[1] ?? '', major: Number(named[2]), minor: Number(named[3] ?? 0) }
}

const isBefore = ({ major, minor }: Version, [thenMajor, thenMinor]: readonly [number, number]): boolean =>
  major < thenMajor || (major === thenMajor && minor < thenMinor)

export interface Generation {
  /** Tokens of prompt and answer together. */
  readonly contextWindow: number
  /** Tokens that an answer may have where nobody says: what all of the generation allow. */
  readonly answerTokens: number
  readonly takesTemperature: boolean
  /** Whether it thinks before it writes without being told to; what it thinks counts as its answer. */
  readonly thinks: boolean
  /** Whether it takes a schema of its answer; an older one is made to call a tool of that schema. */
  readonly takesSchema: boolean
}

export function generationOf(model: string): Generation {
  const version = versionOf(model)
  return {
    contextWindow: isBefore(version, [2, 1])
      ? 100_000
      : isBefore(version, [4, 6]) || (version.family === 'haiku' && isBefore(version, [5, 0]))
        ? 200_000
        : 1_000_000,
    answerTokens: isBefore(version, [3, 5]) ? 4096 : isBefore(version, [3, 7]) ? 8192 : 16_384,
    takesTemperature: isBefore(version, [4, 7]),
    thinks: !isBefore(version, [5, 0]),
    takesSchema: !isBefore(version, [4, 5]),
  }
}
