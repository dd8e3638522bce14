// Loaded by `npm test` before anything else: test files, and the servers and commands that they start, take compiled code
// from the run before, or from each other. Without it each of some 300 processes and their threads compiles all anew,
// which was a third of the processor time of a test of the whole service.
import { shareCompileCache } from '../src/config/runtime.ts'

shareCompileCache()
