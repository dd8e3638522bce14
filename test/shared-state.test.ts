import { memory } from '../src/adapters/shared-state/memory/adapter.ts'
import { sharedStateConformance } from './conformance/shared-state.ts'

sharedStateConformance({ name: 'memory', supports: { sharing: false }, open: async () => memory.create() })
