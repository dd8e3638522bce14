// The floors of docs/architecture.md, as rules. test/architecture.test.ts plants a violation of each.
// Tests beside the code may reach across floors (they put real parts together); they are no part of the product.

const TESTS = String.raw`\.(test|fixture)\.ts$`
const MAIN = String.raw`^src/main\.ts$`
const CLI = '^src/cli/'
const COMPOSE = String.raw`^src/compose(\.ts$|/)`
const ADAPTERS = '^src/adapters/'
const CORE = '^src/core/'

/** What a folder of the fifth floor may not see: everything of ours that is neither itself nor core. */
const fifthFloor = (folder) => ({
  name: `${folder}-imports-only-core`,
  comment: `${folder}/ stands on core/ alone: the folders of its floor meet in compose.ts.`,
  severity: 'error',
  from: { path: `^src/${folder}/`, pathNot: TESTS },
  to: { path: '^src/', pathNot: [`^src/${folder}/`, CORE] },
})

/** It imports the network's modules in order to close them in the process that parses. */
const CLOSES_THE_NETWORK = '^src/adapters/parsers/no-network[.]ts$'

/** Packages that may be missing (optionalDependencies), or that cost start-up time. */
const LAZY = String.raw`node_modules/(onnxruntime-node|onnxruntime-common|@huggingface/tokenizers|tesseract\.js|undici|node-llama-cpp|@redis/client|@zilliz/milvus2-sdk-node)/|^node-llama-cpp$`
/** Installed by who wants it (peerDependencies). */
const ABSENT = '^node-llama-cpp$'

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: [
    {
      name: 'no-circle',
      comment: 'A circle has no first part to read, test or load.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'core-imports-nothing-of-ours',
      severity: 'error',
      from: { path: CORE, pathNot: TESTS },
      to: { path: '^(src|test|bench|scripts)/', pathNot: CORE },
    },
    ...['http', 'database', 'config', 'index', 'egress'].map(fifthFloor),
    {
      name: 'adapters-import-only-core-and-egress',
      severity: 'error',
      from: { path: ADAPTERS, pathNot: TESTS },
      to: { path: '^src/', pathNot: [ADAPTERS, CORE, '^src/egress/'] },
    },
    {
      name: 'an-adapter-knows-no-other-port',
      comment: 'The folders of two ports meet in compose.ts.',
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/', pathNot: TESTS },
      to: { path: ADAPTERS, pathNot: '^src/adapters/$1/' },
    },
    {
      name: 'an-adapter-knows-no-other-implementation',
      comment: "One folder per implementation; what several share stands in a file of the port's own folder.",
      severity: 'error',
      from: { path: '^src/adapters/([^/]+)/([^/]+)/', pathNot: TESTS },
      to: { path: '^src/adapters/$1/', pathNot: ['^src/adapters/$1/$2/', String.raw`^src/adapters/$1/[^/]+\.ts$`] },
    },
    {
      name: 'features-import-only-downwards',
      severity: 'error',
      from: { path: '^src/features/', pathNot: TESTS },
      to: { path: [MAIN, CLI, COMPOSE, ADAPTERS] },
    },
    {
      name: 'a-feature-knows-no-other-feature',
      comment: 'Features talk through what compose.ts hands them: an interface of core/ or a type.',
      severity: 'error',
      from: { path: '^src/features/([^/]+)/', pathNot: TESTS },
      to: { path: '^src/features/', pathNot: '^src/features/$1/' },
    },
    {
      name: 'compose-imports-only-downwards',
      severity: 'error',
      from: { path: COMPOSE, pathNot: TESTS },
      to: { path: [MAIN, CLI] },
    },
    {
      name: 'cli-imports-only-downwards',
      severity: 'error',
      from: { path: CLI, pathNot: TESTS },
      to: { path: MAIN },
    },
    {
      name: 'main-calls-cli-only',
      comment: 'main.ts calls cli/; before it, only what must be set in the process first.',
      severity: 'error',
      from: { path: MAIN },
      to: { path: '^src/', pathNot: [CLI, CORE, '^src/config/'] },
    },
    {
      name: 'threads-import-only-downwards',
      comment: 'What a thread loads must not pull in the server, the features or the composition.',
      severity: 'error',
      from: { path: String.raw`^src/([^/]+)\b.*/(thread|process)\.ts$` },
      to: { path: '^src/', pathNot: ['^src/$1/', CORE, '^src/egress/'] },
    },
    {
      name: 'threads-are-started-not-imported',
      comment: 'An entry file runs when it is loaded: start it by its URL (core/module-url.ts). Types may be imported.',
      severity: 'error',
      from: { pathNot: TESTS },
      to: { path: String.raw`^src/.*/(thread|process)\.ts$`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'optional-packages-are-lazy',
      comment: 'They may be missing, and cost start-up time: `await import(…)` where they are used.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: LAZY, dynamic: false, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'one-door-to-the-network',
      comment: 'Requests to elsewhere leave through egress/. http/ listens, the command line asks its own server.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, CLOSES_THE_NETWORK, '^src/(egress|http|cli)/'] },
      to: {
        path: String.raw`^(node:)?(https?|http2|tls|dgram|dns|dns/promises|inspector|inspector/promises)$|node_modules/(undici|ws)/`,
      },
    },
    {
      name: 'http-only-listens',
      comment: 'What http/ may take of net, http, https and tls is in .oxlintrc.json.',
      severity: 'error',
      from: { path: '^src/http/', pathNot: TESTS },
      to: {
        path: String.raw`^(node:)?(http2|dgram|dns|dns/promises)$|node_modules/(undici|ws)/`,
        dependencyTypesNot: ['type-only'],
      },
    },
    {
      name: 'database-clients-in-database',
      comment: 'They open sockets of their own, to the database that is configured.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, '^src/database/postgres/'] },
      to: { path: 'node_modules/pg/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'redis-client-in-its-adapter',
      comment: 'It opens sockets of its own, to the Redis that is configured.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, '^src/adapters/shared-state/redis/'] },
      to: { path: 'node_modules/@redis/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'vector-store-clients-in-their-adapter',
      comment: 'They open sockets of their own, to the server that is configured.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, '^src/adapters/vector-stores/milvus/'] },
      to: { path: 'node_modules/@zilliz/', dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'one-place-starts-processes',
      comment: 'What another program connects to, no rule sees.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, String.raw`^src/adapters/parsers/parser-process[.]ts$`] },
      to: { path: '^(node:)?(child_process|cluster)$' },
    },
    {
      name: 'no-sockets-beside-the-door',
      comment: 'core/ and config/ may import node:net to read addresses.',
      severity: 'error',
      from: { path: '^src/', pathNot: [TESTS, CLOSES_THE_NETWORK, '^src/(egress|http|cli|config|core)/'] },
      to: { path: '^(node:)?net$' },
    },
    {
      name: 'the-product-imports-no-tests-or-tools',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { path: ['^(test|bench|scripts)/', TESTS] },
    },
    {
      name: 'the-product-imports-no-development-package',
      comment: 'It would be missing where the package is installed.',
      severity: 'error',
      from: { path: '^src/', pathNot: TESTS },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only', 'npm-peer'] },
    },
    {
      name: 'no-unresolvable-import',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true, pathNot: ABSENT },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    detectProcessBuiltinModuleCalls: true,
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['node', 'import', 'types', 'default'] },
  },
}
