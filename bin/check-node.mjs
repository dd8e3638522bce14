// Plain JavaScript that every Node reads: it runs before anything that needs the features of a newer one.
const needed = 24

if (Number(process.versions.node.split('.')[0]) < needed) {
  console.error(
    `Evident needs Node ${needed} or newer, and this is Node ${process.versions.node}: ` +
      'install a newer Node, or, on Linux and Windows, run it by `npm start` or `npx evident` after `npm ci` or ' +
      '`npm install` without --omit=optional, which brings one.',
  )
  process.exit(1)
}
