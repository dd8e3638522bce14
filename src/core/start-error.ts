/**
 * A reason not to start that its person can mend: bad settings, a folder or a port that is taken. The command line
 * prints the lines as they are, without a stack, and ends with exit code 1.
 */
export class StartError extends Error {
  readonly lines: readonly string[]

  constructor(lines: string | readonly string[], options: { cause?: unknown } = {}) {
    const all = typeof lines === 'string' ? [lines] : lines
    super(all.join('\n'), options)
    this.name = 'StartError'
    this.lines = all
  }
}
