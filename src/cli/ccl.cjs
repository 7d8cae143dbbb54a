#!/usr/bin/env node
// Entry of the command `ccl`: teaches Node TypeScript, then runs src/cli/main.ts. Old syntax, so that a wrong Node.js
// still reaches its message.
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const root = join(__dirname, '..', '..');
if (!existsSync(join(root, 'node_modules', 'tsx'))) {
  console.error(
    'ccl: the packages are not installed yet. Run `npm start` (or `npm run setup`) in ' + root + ' first.',
  );
  process.exit(1);
}
require('tsx/cjs');
require('./main.ts');
