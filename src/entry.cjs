// What `require('ccl-lab')` gives: in a clone the sources as they are now, in the package of `npm pack` the file made of
// them. In a clone whoever asks has already taught Node TypeScript (src/run-source.cjs).
const { existsSync } = require('node:fs');
const { join } = require('node:path');

const source = join(__dirname, 'index.ts');
module.exports = require(existsSync(source) ? source : join(__dirname, '..', 'dist', 'index.cjs'));
