// A Fastify route that reads a question and answers as much as an answer has, and does nothing else: the floor of
// bench/requests.ts. Prints its address.
import fastify from 'fastify'

const app = fastify()
const body = { answer: 'x'.repeat(8_000) }
app.post('/ask', () => body)
console.log(await app.listen({ host: '127.0.0.1', port: 0 }))
