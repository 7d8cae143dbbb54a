// node run-tests.mjs [filters for vitest]: type check, lint, import rules, formatting, tests; each one's time; all are
// run even if one fails. With filters only vitest runs. The long form runs the tests a second time as on a processor that
// has AVX2 and nothing newer, whose kernels round otherwise. The last line is "N passed, N failed".
import { spawn, spawnSync } from 'node:child_process';
import { realpathSync, rmSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { projectRoot, readJson, workFolder, writeAtomic } from './files.mjs';
import { seconds } from './messages.mjs';

const bin = (...parts) => path.join(projectRoot, 'node_modules', ...parts);

const checks = [
  ['type check', [bin('typescript', 'bin', 'tsc'), '--noEmit']],
  ['lint', [bin('eslint', 'bin', 'eslint.js'), '.', '--max-warnings', '0']],
  [
    'import rules',
    [
      bin('dependency-cruiser', 'bin', 'dependency-cruise.mjs'),
      'src',
      ...['--config', '.dependency-cruiser.cjs', '--output-type', 'err'],
    ],
  ],
  ['formatting', [bin('prettier', 'bin', 'prettier.cjs'), '--check', '--log-level', 'warn', '.']],
];

const full = process.env.CCL_TEST_FULL === '1';

/** @type {[string, Record<string, string>][]} */
const testRuns = [['tests', {}], ...(full ? [['tests with AVX2 only', { ONEDNN_MAX_CPU_ISA: 'AVX2' }]] : [])];

function run(args, env = {}) {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, args, {
      cwd: projectRoot,
      env: { ...process.env, ...env },
      stdio: ['ignore', 'inherit', 'inherit'],
    });
    const stop = (signal) => child.kill(signal);
    process.once('SIGINT', stop);
    process.once('SIGTERM', stop);
    child.on('error', () => resolve(1));
    child.on('close', (code) => {
      process.off('SIGINT', stop);
      process.off('SIGTERM', stop);
      resolve(code ?? 1);
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
  const reportFile = path.join(workFolder(projectRoot), 'vitest-report.json');
  rmSync(reportFile, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${reportFile}`];
  const status = await run([bin('vitest', 'vitest.mjs'), 'run', ...reporters, ...filters], env);
  return countTests(readJson(reportFile), status);
}

// The latest whole run of the long tests is kept in docs/test-full.md.
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
  writeAtomic(path.join(projectRoot, 'docs', 'test-full.md'), text.join('\n'));
}

async function main(filters) {
  const total = { passed: 0, failed: 0, skipped: 0 };
  const lines = [];
  const start = Date.now();
  for (const [name, args] of filters.length > 0 ? [] : checks) {
    const began = Date.now();
    console.log(`\n== ${name}`);
    const status = await run(args);
    if (status === 0) total.passed++;
    else total.failed++;
    lines.push(`${status === 0 ? 'passed' : 'FAILED'}  ${name}, ${seconds(Date.now() - began)}`);
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
