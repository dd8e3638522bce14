// Plain JavaScript that every Node reads: it runs before anything that needs the features of a newer one.
const needed = 24

if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error(
    `Evident needs Node ${needed} or newer, and this is Node ${process.versions.node}: ` +
      'run `npm ci` without --omit=optional (npm scripts then use the Node that it installs), or install a newer Node.',
  )
  process.exit(1)
}
