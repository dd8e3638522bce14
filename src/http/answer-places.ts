import { AppError } from '../core/errors.ts'
import type { Caller } from './access.ts'

/** Who asks, whoever's things the question is about. */
export type AnswerTaker = Pick<Caller, 'userId' | 'via'>

export interface AnswerPlaces {
  /** Takes one of the caller's places and gives what gives it back. @throws AppError `too_many_requests` */
  take(caller: AnswerTaker): () => void
  /** Has a place while `work` is done. @throws AppError `too_many_requests` */
  during<T>(caller: AnswerTaker, work: () => Promise<T>): Promise<T>
}

/** Seconds after which another answer may well have ended. */
const RETRY_AFTER = 5

/**
 * How many answers each caller may have made at once, by whatever way they are asked for: one person does not take the
 * places of all. The local administrator has no limit.
 * @param max undefined: no limit
 */
export function createAnswerPlaces(max: number | undefined): AnswerPlaces {
  const taken = new Map<Caller['userId'], number>()

  function take({ userId, via }: AnswerTaker): () => void {
    if (max === undefined || via === 'local') return () => undefined
    const before = taken.get(userId) ?? 0
    if (before >= max) {
      const message = `${before} answers are being made for you, which is the most at a time. Wait for one, or stop it.`
      throw new AppError('too_many_requests', message, { retryAfter: RETRY_AFTER })
    }
    taken.set(userId, before + 1)
    let left = false
    return () => {
      if (left) return
      left = true
      const now = (taken.get(userId) ?? 0) - 1
      if (now > 0) taken.set(userId, now)
      else taken.delete(userId)
    }
  }

  return {
    take,
    async during(caller, work) {
      const leave = take(caller)
      try {
        return await work()
      } finally {
        leave()
      }
    },
  }
}
