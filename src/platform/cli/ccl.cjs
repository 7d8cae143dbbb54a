#!/usr/bin/env node
// Entry of the command `ccl`. In a clone it runs src/platform/cli/main.ts as it stands now (src/run-source.cjs); the
// package of `npm pack` has no sources but the bundle dist/ccl.cjs. Old syntax, so that a wrong Node.js still reaches
// its message.
const { existsSync } = require('node:fs');
const { join } = require('node:path');
const { nodeComplaint } = require('../setup/versions.cjs');

const root = join(__dirname, '..', '..', '..');
const bundle = join(root, 'dist', 'ccl.cjs');
const complaint = nodeComplaint(process.versions.node);
if (complaint !== null) {
  console.error(complaint);
  process.exit(1);
}
if (existsSync(join(__dirname, 'main.ts'))) {
  require('../../run-source.cjs')('platform/cli/main.ts');
} else if (existsSync(bundle)) {
  require(bundle);
} else {
  console.error(
    'ccl: this package was made without its program. Make it again in the clone: `npm run setup`, then `npm run package`.',
  );
  process.exit(1);
}
