// nDCG@10 on SciFact through POST /api/v1/search: what a client gets, not what the index could give.
import { apiClient } from '../scripts/drills/client.ts'
import { startServer } from '../scripts/drills/server.ts'
import { report } from './report.ts'
import { readSet } from './retrieval-sets.ts'
import { servedSet } from './served-set.ts'

const AT_LEAST = 0.73
const set = await readSet('scifact')
const { dataDir, ids } = await servedSet(set)
const rowOf = new Map(ids.map((id, row) => [id, row]))

const gain = (grade: number, rank: number): number => (2 ** grade - 1) / Math.log2(rank + 2)

function ndcg10(relevant: ReadonlyMap<number, number>, rows: readonly number[]): number {
  const found = rows.slice(0, 10).reduce((sum, row, rank) => sum + gain(relevant.get(row) ?? 0, rank), 0)
  const best = [...relevant.values()].toSorted((a, b) => b - a).slice(0, 10)
  return found / best.reduce((sum, grade, rank) => sum + gain(grade, rank), 0)
}

const server = await startServer({ dataDir, env: { LOG_LEVEL: 'warn' } })
try {
  const api = apiClient(server.url)
  const figures: Record<string, number> = {}
  for (const type of ['hybrid', 'semantic', 'keyword'] as const) {
    for (const results of type === 'hybrid' ? [10, 100] : [10]) {
      let sum = 0
      for (const { text, relevant } of set.questions) {
        const found = await api.search(text, results, type, false)
        const rows = found.map(({ document_id: id }) => rowOf.get(id) ?? -1)
        if (new Set(rows).size !== rows.length) throw new Error(`A document came twice for: ${text}`)
        sum += ndcg10(relevant, rows)
      }
      figures[`${type}, max_results ${results}`] = sum / set.questions.length
    }
  }
  const rows = Object.entries(figures).map(([name, value]) => [`nDCG@10 ${name}`, value.toFixed(4)] as const)
  await report('scifact-http', [...rows, ['at least (hybrid)', String(AT_LEAST)]], {
    questions: set.questions.length,
    ndcg10: figures,
  })
  if ((figures['hybrid, max_results 10'] ?? 0) < AT_LEAST) process.exitCode = 1
} finally {
  await server.stop()
}
