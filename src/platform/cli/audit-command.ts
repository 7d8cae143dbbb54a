import { resolve } from 'node:path';
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
import { writeFileWhole } from '../formats/write-file';
import { writeAuditReport } from '../../report/audit-report';
import { readSignals } from '../../signals/read-signals';
import { auditText } from './audit-text';
import { keptSelfCheck } from './kept-self-check';
import { number } from './numbers';
import { projectVersion, thisProgram } from '../../provenance';
import { shellWord } from './shell-word';
import { standardInput, withStandardInput } from './standard-input';
import { stepProgress } from './step-progress';

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
