// Optional, and mostly absent: adapters/language-models/llama-cpp/library.ts says what we use of it.
declare module 'node-llama-cpp'
