// A Fastify route that reads a question and answers as much as an answer has (by default that of `ask`), and does nothing
// else: the floor of bench/requests.ts and bench/http-search.ts. Prints its address.
import fastify from 'fastify'

const app = fastify()
const body = { answer: 'x'.repeat(Number(process.argv[2] ?? 8_000)) }
app.post('/ask', () => body)
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
