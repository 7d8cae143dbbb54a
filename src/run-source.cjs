'use strict';
// Runs a program of the project that is written in TypeScript: require('…/run-source.cjs')('platform/cli/main.ts').
// All of it, with the packages it needs at its start, is kept compiled in one file, since a start from a thousand files
// takes ten times as long. The kept file counts only while every file that went into it is unchanged; else it is made
// anew, and where that is impossible (a clone that cannot be written) tsx compiles file by file, as it comes.
const { spawnSync } = require('node:child_process');
const { accessSync, constants, existsSync, readFileSync, statSync } = require('node:fs');
const path = require('node:path');

const root = path.join(__dirname, '..');
const kept = path.join(root, '.setup', 'compiled');

/** The programs, as paths in src. */
const programs = [
  'platform/cli/main.ts',
  'experiments/executors/worker.ts',
  'experiments/executors/ray/block-program.ts',
];

module.exports = function runSource(program) {
  const compiled = freshFile() ?? (build() ? freshFile() : null);
  if (compiled !== null) {
    process.setSourceMapsEnabled(true);
    return require(compiled)[program]();
  }
  if (!existsSync(path.join(root, 'node_modules', 'tsx'))) {
    console.error(
      `ccl: the packages are not installed yet. Run \`npm start\` (or \`npm run setup\`) in ${root} first.`,
    );
    process.exit(1);
  }
  require('tsx/cjs');
  return require(path.join(__dirname, program));
};

/** The compiled file if nothing changed since, else null. */
function freshFile() {
  try {
    const { file, place, inputs } = JSON.parse(readFileSync(path.join(kept, 'current.json'), 'utf8'));
    const name = path.join(kept, file);
    if (place !== root || !existsSync(name)) return null;
    return Object.keys(inputs).every((input) => traceOf(input) === inputs[input]) ? name : null;
  } catch {
    return null;
  }
}

/** What tells two states of a file or folder (by its path in the project) apart. */
function traceOf(input) {
  const { size, mtimeMs, ctimeMs } = statSync(path.join(root, input));
  return `${size} ${mtimeMs} ${ctimeMs}`;
}

function build() {
  try {
    accessSync(existsSync(kept) ? kept : root, constants.W_OK);
    if (!existsSync(path.join(root, 'node_modules', 'esbuild'))) return false;
  } catch {
    return false;
  }
  const builder = path.join(__dirname, 'platform', 'setup', 'compile-sources.mjs');
  return spawnSync(process.execPath, [builder], { stdio: 'ignore' }).status === 0;
}

Object.assign(module.exports, { programs, traceOf, kept, root });
