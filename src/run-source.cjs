'use strict';
// Runs a program of the project that is written in TypeScript: require('…/run-source.cjs')('platform/cli/main.ts').
// All of src, with the packages it needs at its start, is kept compiled in one file, since a start from a thousand files
// takes five times as long. The kept file counts only while every file that went into it is unchanged; else it is made
// anew, and where that is impossible (a clone that cannot be written) tsx compiles file by file, as it comes.
const { spawnSync } = require('node:child_process');
const { accessSync, constants, existsSync, readFileSync, statSync } = require('node:fs');
const { Module } = require('node:module');
const path = require('node:path');

const root = path.join(__dirname, '..');
const kept = path.join(root, '.setup', 'compiled');

/** @param {string} program  its path in src */
function runSource(program) {
  const compiled = compiledSources();
  if (compiled !== null) return compiled.modules[path.join('src', program)]();
  try {
    requireTsx();
    return require(path.join(__dirname, program));
  } catch (error) {
    return explainPackage(error);
  }
}

/** A package that is missing or damaged stops every program at its start. */
function explainPackage(error) {
  // The place of an error in the syntax comes first, that of others after the message.
  const lines = String(error?.stack).split('\n');
  const start = [...lines.slice(0, 2), lines.find((line) => /^ +at /.test(line))].join('\n');
  const inside = /node_modules\/((?:@[^/]+\/)?[^/:]+)/.exec(start)?.[1];
  const missing = /^Cannot find (?:module|package) '([^.'/][^']*)'/.exec(error?.message)?.[1];
  const name = missing ?? inside;
  if (name === undefined) throw error;
  console.error(
    `ccl: ${name} is missing or damaged in node_modules. Run \`npm run setup\` in ${root}; if that does not help, ` +
      'delete node_modules there and run it again.',
  );
  process.exit(1);
}

/** For programs that load sources by name, as the cells of a notebook do: whoever asks for one gets the same module. */
function serveSources() {
  const compiled = compiledSources(); // before tsx, which would look through it
  requireTsx();
  if (compiled === null) return;
  const loadFile = Module._extensions['.ts'];
  Module._extensions['.ts'] = (module, filename) => {
    const name = path.relative(root, filename);
    const isKept = Object.hasOwn(compiled.modules, name) && traceOf(name) === compiled.inputs[name];
    if (isKept) module.exports = compiled.modules[name]();
    else loadFile(module, filename);
  };
}

function requireTsx() {
  if (!existsSync(path.join(root, 'node_modules', 'tsx'))) {
    console.error(
      `ccl: the packages are not installed yet. Run \`npm start\` (or \`npm run setup\`) in ${root} first.`,
    );
    process.exit(1);
  }
  require('tsx/cjs');
}

/**
 * A function for each source that gives its module, by path in the project, with what went into it; null where that
 * cannot be had.
 */
function compiledSources() {
  const current = readCurrent() ?? (build() ? readCurrent() : null);
  if (current === null) return null;
  process.setSourceMapsEnabled(true);
  return { modules: require(path.join(kept, current.file)), inputs: current.inputs };
}

/** What is kept if nothing changed since, else null. */
function readCurrent() {
  try {
    const current = JSON.parse(readFileSync(path.join(kept, 'current.json'), 'utf8'));
    const { file, place, inputs } = current;
    if (place !== root || !existsSync(path.join(kept, file))) return null;
    return Object.keys(inputs).every((input) => traceOf(input) === inputs[input]) ? current : null;
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

module.exports = Object.assign(runSource, { serveSources, traceOf, kept, root });
