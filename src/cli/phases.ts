import type { Terminal } from './terminal.ts'

/** Progress of a command that does one thing after the other. */
export interface Phases {
  /** Gives what to call for each of the `total` that is done. */
  begin(name: string, total: number): () => void
  end(): void
}

/** A bar for each phase where a person watches; nothing elsewhere. */
export async function createPhases({ err }: Terminal): Promise<Phases> {
  if (err.isTTY !== true) return { begin: () => () => undefined, end: () => undefined }
  const { SingleBar, Presets } = await import('cli-progress')
  let current: InstanceType<typeof SingleBar> | undefined
  const end = (): void => {
    current?.stop()
    current = undefined
  }
  return {
    begin(name, total) {
      end()
      const bar = new SingleBar(
        {
          stream: err,
          hideCursor: true,
          clearOnComplete: true,
          format: `${name.padEnd(9)} {bar} {value}/{total}, {eta_formatted} left`,
        },
        Presets.shades_classic,
      )
      bar.start(total, 0)
      current = bar
      return () => bar.increment()
    },
    end,
  }
}
