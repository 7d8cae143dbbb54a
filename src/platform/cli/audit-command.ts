import { resolve, join } from 'node:path';
import { Command, Option } from 'commander';
import type { Attack } from '../../attacks/attack';
import { auditWith, type Audit } from '../../audit/audit';
import { chosenAttacks } from '../../audit/audit-signals';
import type { AuditResult } from '../../audit/audit-result';
import {
  applyGate,
  type AuditJson,
  checkGates,
  gateRates,
  parseGate,
  type Gate,
  type GateOutcome,
} from '../../audit/gate';
import { UserError } from '../../errors';
import { parseBytes } from '../formats/limits';
import { writeNpz } from '../formats/npz';
import { writeFileWhole, explainedWriteError } from '../formats/write-file';
import { writeAuditReport } from '../../report/audit-report';
import { readSignals } from '../../signals/read-signals';
import { number } from './option-values';
import { projectVersion, thisProgram } from '../../provenance';
import { shellWord } from './printed';
import Table from 'cli-table3';
import { byStrength } from '../../figures/audit-table';
import type { Interval } from '../../metrics/interval';
import { signalNoteText } from '../../signals/signal-set';
import { gateWords, noteWords, verdictWords } from '../../report/audit-words';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  closeSync,
  createWriteStream,
  mkdtempSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { selfCheck, type SelfCheckResult } from '../../attacks/self-check';
import { isPacked, projectRoot } from '../../paths';
import { tmpdir } from 'node:os';
import { pipeline } from 'node:stream/promises';

interface AuditCommandOptions {
  readonly target: number;
  readonly attacks?: string;
  readonly report?: string;
  readonly json?: string;
  readonly scores?: string;
  readonly failIf?: string[];
  readonly records: boolean;
  readonly synthetic?: true;
  readonly seed: number;
  readonly delta: number;
  readonly maxMemory?: string;
}

const help = `
Examples:
  npx ccl audit signals.npz --report audit.html
  npx ccl audit target.npz shadows.npz --attacks lira-online,loss --json -
  npx ccl audit signals.npz --fail-if "tpr@0.001>0.01" --fail-if "high(auc)>0.6"

A gate reads [ATTACK:] METRIC OPERATOR NUMBER; METRIC is auc, advantage, tpr@FPR, tnr@FNR or epsilon, alone or inside
low(), high() or estimate(); or p OPERATOR NUMBER, the corrected p-value of the verdict; or verdict=leak (told-apart,
no-leak-found, cannot-tell). A number that the sample cannot resolve fails its gate.
Exit status: 0 done, 1 a gate failed (or the laboratory did), 2 bad input, 3 leakage and distribution shift cannot be
told apart (with --fail-if). A signal such as Ctrl-C ends an audit at once.
How to make the file from PyTorch or scikit-learn: docs/audit-a-pytorch-model.md.`;

/** `ccl audit`: how much a model's outputs give away about membership, whatever framework trained it. */
export function auditCommand(): Command {
  return new Command('audit')
    .description(
      'audit a model from its outputs: every attack that the file allows, with intervals and threat models',
    )
    .argument(
      '<files...>',
      'signals: .npz, .csv, .parquet, .json or a folder of .npy; the models of several files follow each other; - for standard input',
    )
    .option('--target <row>', 'the attacked model, counted from 0 over all files', number, 0)
    .option('--attacks <list>', 'only these (names, or the part before the slash), with commas between')
    .option('--report <file.html>', 'write a page that is complete in itself')
    .option('--json <file>', 'write all numbers as JSON; - for standard output')
    .option('--scores <file.npz>', "write each attack's scores, float64 [N]; NaN where there is none")
    .addOption(
      new Option('--fail-if <gate>', 'exit with 1 if this holds; may be repeated').argParser(
        (text: string, before: string[] | undefined) => [...(before ?? []), text],
      ),
    )
    .option('--no-records', 'leave out the list of exposed records, which is sensitive itself')
    .option('--synthetic', 'the records were generated: reports and figures then say so')
    .option('--seed <n>', 'seed of permutations and of split samples', number, 1)
    .option('--delta <number>', 'delta of epsilon bounds', number, 1e-5)
    .option('--max-memory <size>', 'most that one array may take, e.g. 8GB (default: 4 GiB)')
    .addHelpText('after', help)
    .action(runAudit);
}

async function runAudit(files: readonly string[], options: AuditCommandOptions): Promise<void> {
  const gates = (options.failIf ?? []).map(parseGate);
  const attacks = chosenAttacks(options.attacks);
  checkGates(gates, attacks);
  if (options.scores !== undefined && !options.scores.endsWith('.npz'))
    throw new UserError(`${options.scores} must end in .npz, the form that scores are written in.`);
  // No handler for signals: what computes without a pause would hear them late, and there is nothing to give back.
  const done = await withStandardInput(files, async (paths) => {
    const found = await audited(paths, options, { attacks, gates });
    return paths === files ? found : namedAsGiven(found, paths, files);
  });
  const { result } = done;
  const outcomes = gates.map((gate) => applyGate(gate, result));
  if (options.json === '-') process.stdout.write(jsonOf(result, outcomes));
  else process.stdout.write(auditText(result, outcomes));
  if (options.json !== undefined && options.json !== '-') {
    writeFileWhole(resolve(options.json), jsonOf(result, outcomes));
  }
  if (options.scores !== undefined) await writeScores(resolve(options.scores), done);
  if (options.report !== undefined) {
    process.stderr.write(`Report: ${await writeAuditReport(result, options.report)}\n`);
  }
  process.exitCode = exitStatusOf(result, outcomes);
}

/** A result tells of standard input by the name that was typed, not by that of the file it was kept in. */
function namedAsGiven(done: Audit, paths: readonly string[], given: readonly string[]): Audit {
  const kept = paths[given.indexOf(standardInput)];
  const files = done.result.data.files.map((file) =>
    file.name === kept ? { ...file, name: standardInput } : file,
  );
  return { ...done, result: { ...done.result, data: { ...done.result.data, files } } };
}

async function audited(
  files: readonly string[],
  options: AuditCommandOptions,
  more: {
    readonly attacks: readonly Attack[];
    readonly gates: readonly Gate[];
  },
): Promise<Audit> {
  const { attacks, gates } = more;
  const set = await readSignals(files, {
    target: options.target,
    ...(options.maxMemory === undefined ? {} : { maxMemory: parseBytes(options.maxMemory) }),
  });
  checkGates(gates, attacks, set);
  return auditWith(set, {
    attacks,
    selfCheck: keptSelfCheck(attacks),
    seed: options.seed,
    delta: options.delta,
    fprs: rates([0.1, 0.01, 0.001], gateRates(gates, 'tpr')),
    fnrs: rates([0.01], gateRates(gates, 'tnr')),
    records: options.records,
    synthetic: options.synthetic ?? false,
    command: ['npx ccl', ...process.argv.slice(2).map(shellWord)].join(' '),
    version: projectVersion(),
    onStep: stepProgress(),
  });
}

function rates(usual: readonly number[], asked: readonly number[]): number[] {
  return [...new Set([...usual, ...asked])].sort((a, b) => b - a);
}

function jsonOf(result: AuditResult, gates: readonly GateOutcome[]): string {
  const outcomes = gates.map(({ gate, ...outcome }) => ({ gate: gate.text, ...outcome }));
  const json: AuditJson = { ...result, program: thisProgram(), gates: outcomes };
  return `${JSON.stringify(json, null, 2)}\n`;
}

async function writeScores(path: string, { scores }: Audit): Promise<void> {
  const arrays = [...scores].map(([name, data]) => [name, { shape: [data.length], data }]);
  await writeNpz(path, Object.fromEntries(arrays) as Parameters<typeof writeNpz>[1]);
}

function exitStatusOf({ verdict, selfCheck }: AuditResult, outcomes: readonly GateOutcome[]): number {
  if (!selfCheck.passed) return 1;
  if (outcomes.length === 0) return 0;
  if (verdict.kind === 'cannot tell') return 3;
  return outcomes.some(({ failed }) => failed) ? 1 : 0;
}

/** What a person reads in the terminal: verdict, attacks by AUC, what did not run, gates. */
export function auditText(result: AuditResult, gates: readonly GateOutcome[]): string {
  const { attacks, notRun, shift, selfCheck } = result;
  const { headline, sentences } = verdictWords(result);
  const rates = Object.keys(attacks[0]?.tprAtFpr ?? {}).sort((a, b) => Number(b) - Number(a));
  const table = new Table({
    head: ['attack', 'AUC', 'advantage (max)', ...rates.map((rate) => `TPR@${rate}`)],
    style: { head: [], border: [], compact: true },
    colAligns: ['left', ...rates.map(() => 'right' as const), 'right', 'right'],
  });
  for (const attack of byStrength(attacks)) {
    const bound = attack.fittedOn === 'target' ? ' (upper bound)' : '';
    table.push([
      `${attack.name}${bound}`,
      withInterval(attack.auc),
      `${attack.largestAdvantage.estimate.toFixed(3)}${attack.chance === null ? '' : ` (chance ${attack.chance.advantage95.toFixed(3)})`}`,
      ...rates.map((rate) => withInterval(attack.tprAtFpr[rate])),
    ]);
  }
  const checks = selfCheck.items
    .map(({ name, passed }) => `${name} ${passed ? 'passed' : 'FAILED'}`)
    .join(', ');
  return [
    ...result.notes.map(noteWords),
    headline,
    ...sentences,
    '',
    ...(attacks.length > 0 ? [table.toString(), 'Intervals are 95 %, over records.', ''] : []),
    ...(result.data.notes.length > 0
      ? ['How the files were read:', ...result.data.notes.map((note) => `  ${signalNoteText(note)}`), '']
      : []),
    ...(notRun.length > 0 ? ['Did not run:', ...byReason(notRun), ''] : []),
    `Shift: ${shift.outcome}. Self-checks: ${checks}.`,
    ...gates.map(
      (outcome) =>
        `Gate ${outcome.gate.text}: ${outcome.failed ? 'FAILED' : 'passed'} (${gateWords(outcome, result)})`,
    ),
    '',
  ].join('\n');
}

/** Attacks that lack the same share a line. */
function byReason(notRun: AuditResult['notRun']): string[] {
  const names = new Map<string, string[]>();
  for (const { name, reason } of notRun) names.set(reason, [...(names.get(reason) ?? []), name]);
  return [...names].map(([reason, of]) => `  ${of.join(', ')}: ${reason}`);
}

function withInterval({ estimate, low, high }: Interval): string {
  const ends = low === null || high === null ? 'not resolvable' : `${low.toFixed(3)}-${high.toFixed(3)}`;
  return `${estimate.toFixed(3)} (${ends})`;
}

/** Sources that the self-check runs through: what it may import (.dependency-cruiser.cjs), and nothing that reads files. */
const folders = ['attacks', 'metrics', 'signals', 'platform/math'];

/**
 * The self-check of the audit's attacks. It depends on nothing that is audited, but on the attacks, the code and the machine
 * alone, so its answer is kept under a checksum of these: any change of a source, of a package, of Node.js or of the list of
 * attacks runs it anew. Only checks that passed are kept.
 *
 * @param attacks of the registry, whose code is in the project
 */
export function keptSelfCheck(attacks: readonly Attack[]): SelfCheckResult {
  const folder = join(projectRoot, isPacked ? 'dist' : '.setup', 'self-checks');
  const file = join(folder, `${checksum(attacks)}.json`);
  const found = read(file);
  if (found !== null) return found;
  const result = selfCheck({ attacks });
  if (result.passed) keep(folder, file, result);
  return result;
}

function checksum(attacks: readonly Attack[]): string {
  const hash = createHash('sha256');
  const { version, arch, platform } = process;
  hash.update(JSON.stringify([version, arch, platform, attacks.map(({ name, options }) => [name, options])]));
  for (const file of isPacked ? [join(projectRoot, 'dist', 'ccl.cjs')] : selfCheckSources()) {
    hash.update(`\n${file.slice(projectRoot.length)}\n`).update(readFileSync(file));
  }
  return hash.digest('hex');
}

/** The files, absolute, that a self-check depends on in a clone. */
export function selfCheckSources(): string[] {
  const below = folders.flatMap((folder) =>
    readdirSync(join(projectRoot, 'src', folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.ts'))
      .sort()
      .map((name) => join(projectRoot, 'src', folder, name)),
  );
  const own = readdirSync(join(projectRoot, 'src')).filter((name) => name.endsWith('.ts'));
  return [
    join(projectRoot, 'package-lock.json'),
    ...own.map((name) => join(projectRoot, 'src', name)),
    ...below,
  ];
}

function read(file: string): SelfCheckResult | null {
  if (!existsSync(file)) return null;
  try {
    const result = JSON.parse(readFileSync(file, 'utf8')) as SelfCheckResult;
    return result.passed && Array.isArray(result.items) ? result : null;
  } catch {
    return null;
  }
}

/** A folder that cannot be written keeps nothing: the next audit checks again. */
function keep(folder: string, file: string, result: SelfCheckResult): void {
  try {
    mkdirSync(folder, { recursive: true });
    writeFileWhole(file, `${JSON.stringify(result)}\n`);
  } catch {
    // Kept nowhere.
  }
}

/** The name by which a command is asked for standard input. */
export const standardInput = '-';

/**
 * Gives a file for `-` among others: what comes from standard input, kept in the temporary folder (TMPDIR) for as long
 * as the work takes, since readers go back and forth. Its first bytes tell of what kind it is.
 *
 * @param work hears the paths, with that of the kept file in the place of `-`
 * @throws UserError for a second `-`, where nothing is piped, or no room is left
 */
export async function withStandardInput<T>(
  files: readonly string[],
  work: (files: readonly string[]) => Promise<T>,
): Promise<T> {
  const asked = files.filter((file) => file === standardInput).length;
  if (asked === 0) return work(files);
  if (asked > 1)
    throw new UserError('- stands for standard input, which can be read once. Leave out one of them.');
  if (process.stdin.isTTY) {
    throw new UserError(
      '- stands for standard input, but nothing is piped into it. Put e.g. `cat FILE |` in front.',
    );
  }
  const folder = mkdtempSync(join(tmpdir(), 'ccl-input-'));
  try {
    const kept = join(folder, 'standard-input');
    await pipeline(process.stdin, createWriteStream(kept)).catch((error: unknown) => {
      throw explainedWriteError(kept, error);
    });
    const path = `${kept}${endingOf(firstBytes(kept))}`;
    renameSync(kept, path);
    return await work(files.map((file) => (file === standardInput ? path : file)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function firstBytes(path: string): Buffer {
  const bytes = Buffer.alloc(4096);
  const fd = openSync(path, 'r');
  const count = readSync(fd, bytes);
  closeSync(fd);
  return bytes.subarray(0, count);
}

function endingOf(start: Buffer): string {
  const text = start.toString('latin1');
  if (text === '') throw new UserError('Nothing came from standard input, which - stands for.');
  if (text.startsWith('PK')) return '.npz';
  if (text.startsWith('PAR1')) return '.parquet';
  if (/^(?:\u00ef\u00bb\u00bf)?\s*[{[]/.test(text)) return '.json';
  const [head] = text.split('\n');
  return head.includes('\t') && !head.includes(',') ? '.tsv' : '.csv';
}

/**
 * Tells on stderr how far work of many steps has come, at most every half minute, so that short work shows nothing.
 * Steps differ, so the time left is rough.
 */
export function stepProgress({
  out = process.stderr,
  now = () => performance.now(),
}: {
  out?: { write(text: string): unknown };
  now?: () => number;
} = {}): (step: string, done: number, all: number) => void {
  const start = now();
  let last = start;
  return (step, done, all) => {
    if (now() - last < 30_000) return;
    last = now();
    const gone = last - start;
    const left = done === 0 ? '' : `, about ${minutes((gone / done) * (all - done))} left`;
    out.write(`${done} of ${all} steps done in ${minutes(gone)}${left}; now: ${step}\n`);
  };
}

const minutes = (milliseconds: number): string =>
  milliseconds < 90_000 ? `${Math.round(milliseconds / 1000)} s` : `${Math.round(milliseconds / 60_000)} min`;
