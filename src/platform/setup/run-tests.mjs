// node run-tests.mjs [filters for vitest]: type check, lint, import rules, formatting, tests; each one's time; all are
// run even if one fails. With filters only vitest runs. The long form runs the tests a second time as on a processor that
// has AVX2 and nothing newer, whose kernels round otherwise. The last line is "N passed, N failed".
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, realpathSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot, readJson, workFolder, writeAtomic } from './files.mjs';
import { seconds } from './messages.mjs';

const bin = (...parts) => path.join(projectRoot, 'node_modules', ...parts);
const kept = (name) => path.join(workFolder(projectRoot), name);
/** What tools remember of files that have not changed in content. */
const cache = (name) => ['--cache', '--cache-strategy', 'content', '--cache-location', kept(name)];

const checks = [
  [
    'type check',
    [bin('typescript', 'bin', 'tsc'), '--noEmit', '--incremental', '--tsBuildInfoFile', kept('tsc.json')],
  ],
  ['lint', [bin('eslint', 'bin', 'eslint.js'), '.', '--max-warnings', '0', ...cache('eslint.json')]],
  [
    'import rules',
    [
      bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      'src',
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
    ],
  ],
  [
    'formatting',
    [
      bin('prettier', 'bin', 'prettier.cjs'),
      ...['--check', '--log-level', 'warn', '.', ...cache('prettier.json')],
    ],
  ],
];
/** Checks that run side by side; what one prints is shown when it ends. */
const atOnce = 2;

const full = process.env.CCL_TEST_FULL === '1';

/** @type {[string, Record<string, string>][]} */
const testRuns = [['tests', {}], ...(full ? [['tests with AVX2 only', { ONEDNN_MAX_CPU_ISA: 'AVX2' }]] : [])];

/** @returns {Promise<{status: number, output: string}>} the output is empty where it went to the terminal */
function run(args, { env = {}, stdio = 'inherit' } = {}) {
  return new Promise((resolve) => {
    let output = '';
    const child = spawn(process.execPath, args, {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      stdio: ['ignore', stdio, stdio],
    });
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (text) => (output += text));
    const stop = (signal) => child.kill(signal);
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    child.on('error', () => resolve({ status: 1, output }));
    child.on('close', (code) => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve({ status: code ?? 1, output });
    });
  });
}

/**
 * Counts vitest's tests. A file that did not load has no tests of its own to count, so it counts as one failure; so
 * does an ending with an error that no test explains.
 * @param {object | null} report  of vitest's JSON reporter
 * @param {number} status  vitest's exit status
 */
export function countTests(report, status) {
  if (report === null) return { passed: 0, failed: 1, skipped: 0 };
  const broken = (report.testResults ?? []).filter(
    (file) => file.status === 'failed' && !file.assertionResults.some((test) => test.status === 'failed'),
  ).length;
  let failed = report.numFailedTests + broken;
  if (status !== 0 && failed === 0) failed = 1;
  return {
    passed: report.numPassedTests,
    failed,
    skipped: report.numPendingTests + (report.numTodoTests ?? 0),
  };
}

async function runVitest(filters, env) {
  const report = kept('vitest-report.json');
  rmSync(report, { force: true });
  const { status } = await run([bin('vitest', 'vitest.mjs'), 'run', ...filters], {
    env: { ...env, CCL_TEST_REPORT: report },
  });
  return countTests(readJson(report), status);
}

/** Runs the checks, and returns for each whether it passed and its line of the summary, in order. */
async function runChecks() {
  const results = [];
  const waiting = checks.map((check, place) => [...check, place]);
  async function work() {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [name, args, place] = next;
      const began = Date.now();
      const { status, output } = await run(args, { stdio: 'pipe' });
      const line = `${status === 0 ? 'passed' : 'FAILED'}  ${name}, ${seconds(Date.now() - began)}`;
      console.log(`${line}${output === '' ? '' : `\n${output.trimEnd()}`}`);
      results[place] = { passed: status === 0, line };
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work));
  return results;
}

// The latest whole run of the long tests is kept at the top of docs/test-full.md; its other sections stay.
function writeFullLog(lines, closing) {
  const git = (...args) =>
    spawnSync('git', args, { cwd: projectRoot, encoding: 'utf8' }).stdout?.trim() ?? '';
  const changed =
    git('status', '--porcelain', '--untracked-files=no') === '' ? '' : ', with uncommitted changes';
  const [cpu] = cpus();
  const text = [
    '# The latest run of `npm run test:full`',
    '',
    `- Date: ${new Date().toISOString().slice(0, 16)} UTC`,
    `- Commit: ${git('rev-parse', 'HEAD') || 'unknown'}${changed}`,
    `- Machine: ${process.platform} ${process.arch}, ${cpus().length} x ${cpu?.model ?? 'unknown CPU'}`,
    `- Node.js: ${process.versions.node}`,
    '',
    '```',
    ...lines,
    closing,
    '```',
    '',
  ];
  const file = path.join(projectRoot, 'docs', 'test-full.md');
  const before = existsSync(file) ? readFileSync(file, 'utf8') : '';
  const others = before.includes('\n## ') ? before.slice(before.indexOf('\n## ')) : '';
  writeAtomic(file, text.join('\n') + others);
}

async function main(filters) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  const start = Date.now();
  for (const { passed, line } of filters.length > 0 ? [] : await runChecks()) {
    if (passed) total.passed++;
    else total.failed++;
    lines.push(line);
  }
  for (const [name, env] of testRuns) {
    const began = Date.now();
    console.log(`\n== ${name}`);
    const tests = await runVitest(filters, env);
    lines.push(
      `${tests.failed === 0 ? 'passed' : 'FAILED'}  ${name} (${tests.passed} passed, ${tests.failed} failed, ` +
        `${tests.skipped} skipped), ${seconds(Date.now() - began)}`,
    );
    total.passed += tests.passed;
    total.failed += tests.failed;
  }
  lines.push(`in all ${seconds(Date.now() - start)}`);
  console.log(`\n${lines.join('\n')}`);
  const closing = `${total.passed} passed, ${total.failed} failed`;
  if (full && filters.length === 0) writeFullLog(lines, closing);
  console.log(closing);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

if (realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) await main(process.argv.slice(2));

// A reporter for vitest: how many files of all are done and about how long the rest takes. On a terminal one line that
// rewrites itself, elsewhere a line every half minute.
export default class TestProgress {
  #all = 0;
  #done = 0;
  #start = 0;
  #timer = undefined;
  #out;
  #now;

  constructor({ out = process.stdout, now = Date.now } = {}) {
    this.#out = out;
    this.#now = now;
  }

  onTestRunStart(specifications) {
    this.#all = specifications.length;
    this.#start = this.#now();
    this.#timer = setInterval(() => this.show(), this.#out.isTTY ? 1000 : 30_000);
    this.#timer.unref();
  }

  onTestModuleEnd() {
    this.#done++;
    this.#clear();
  }

  onTestRunEnd() {
    clearInterval(this.#timer);
    this.#clear();
  }

  show() {
    const gone = this.#now() - this.#start;
    const rest = this.#done === 0 ? null : (gone / this.#done) * (this.#all - this.#done);
    const left = rest === null ? '' : `, about ${duration(rest)} left`;
    const line = `${this.#done} of ${this.#all} test files done in ${duration(gone)}${left}`;
    this.#out.write(this.#out.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  }

  // What vitest prints stands on a line of its own.
  #clear() {
    if (this.#out.isTTY) this.#out.write('\r\x1b[K');
  }
}

function duration(milliseconds) {
  const minutes = Math.round(milliseconds / 60_000);
  return milliseconds < 90_000 ? seconds(milliseconds) : `${minutes} min`;
}
