// CPU time of another process by its threads, as Linux counts it.
import { readdirSync, readFileSync } from 'node:fs'

/** Of /proc's clock, which is the same on every architecture that Node runs on. */
const TICKS_A_SECOND = 100

/** Seconds by the name of the threads, those of one name together; threads that have ended are missing. */
export function cpuSeconds(pid: number): Map<string, number> {
  const found = new Map<string, number>()
  for (const task of readdirSync(`/proc/${pid}/task`)) {
    const stat = readFileSync(`/proc/${pid}/task/${task}/stat`, 'utf8')
    const end = stat.lastIndexOf(')')
    const name = Number(task) === pid ? 'main' : stat.slice(stat.indexOf('(') + 1, end)
    // The second part begins with field 3; user and system time are fields 14 and 15.
    const fields = stat.slice(end + 2).split(' ')
    const seconds = (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND
    found.set(name, (found.get(name) ?? 0) + seconds)
  }
  return found
}
