import assert from 'node:assert/strict'
import type { TestContext } from 'node:test'
import * as fc from 'fast-check'
import { IndexModel } from './index-model.ts'
import { steps } from './index-model-steps.ts'

interface Runs {
  /** Done with this seed and those that follow it, until there are as many as wanted. */
  readonly seed: number
  readonly steps: number
  /** With each seed, each from an empty store. */
  readonly runs: number
  /** Steps of a run; half as many on average. */
  readonly most: number
}

/**
 * Runs the model's steps. Where the index differs, the shortest run that shows it is told, with the seed and the path
 * that make it again: `EVIDENT_MODEL=<seed>:<path>` runs that one alone.
 */
export async function runModel(t: TestContext, { seed, steps: wanted, runs, most }: Runs): Promise<void> {
  const [again, ...path] = process.env['EVIDENT_MODEL']?.split(':') ?? []
  const total = { steps: 0, compared: 0, open: 0 }
  const property = fc.asyncProperty(steps(most), async (some) => {
    const began = performance.now()
    const model = await IndexModel.open()
    try {
      await fc.asyncModelRun(() => ({ model, real: model }), some)
    } finally {
      await model.close()
      total.steps += model.counted.steps
      total.compared += model.counted.compared
      total.open += model.counted.open
      // At once, for whoever waits for a long run: one that is slow and one that fails and is made shorter differ here.
      if (runs === 1)
        console.error(`${model.counted.steps} steps in ${((performance.now() - began) / 1000).toFixed(0)} s`)
    }
  })
  if (again !== undefined) await fc.assert(property, { seed: Number(again), path: path.join(':'), numRuns: 1 })
  else for (let of = seed; total.steps < wanted; of++) await fc.assert(property, { seed: of, numRuns: runs })
  t.diagnostic(`${total.steps} steps, ${total.compared} searches compared, ${total.open} of them without the lift`)
  assert.ok(total.open <= total.compared / 50)
}
