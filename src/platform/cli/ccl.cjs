#!/usr/bin/env node
// Entry of the command `ccl`. In a clone it teaches Node TypeScript and runs src/platform/cli/main.ts, so that no build can be
// stale; the package of `npm pack` has no sources but the bundle dist/ccl.cjs. Old syntax, so that a wrong Node.js
// still reaches its message.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..', '..');
const bundle = join(root, 'dist', 'ccl.cjs');
if (existsSync(join(__dirname, 'main.ts'))) {
  if (!existsSync(join(root, 'node_modules', 'tsx'))) {
    console.error(
      'ccl: the packages are not installed yet. Run `npm start` (or `npm run setup`) in ' + root + ' first.',
    );
    process.exit(1);
  }
  require('tsx/cjs');
  require('./main.ts');
} else if (existsSync(bundle)) {
  require(bundle);
} else {
  console.error(
    'ccl: this package was made without its program. Make it again in the clone: `npm run setup`, then `npm run package`.',
  );
  process.exit(1);
}
