import { existsSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import CliTable from 'cli-table3';
import { Command } from 'commander';
import { z } from 'zod';
import { takeFeatures, takeLabels } from '../../data/dataset';
import { dataset } from '../../data/registry';
import { splitQuarters } from '../../data/split';
import { defense, type DefenseName } from '../../defenses/registry';
import { badInput, UserError } from '../../errors';
import {
  commitment,
  dealChallenge,
  scoreChallenge,
  truthText,
  type Answer,
  type Questions,
} from '../../exercises/challenge';
import type { Interval } from '../../metrics/interval';
import { model } from '../../models/registry';
import { memorySignalSet } from '../../signals/memory-signal-set';
import { readSignals } from '../../signals/read-signals';
import type { SignalSet } from '../../signals/signal-set';
import { writeSignals } from '../../signals/write-signals';
import { recipe } from '../../training/recipe';
import { train } from '../../training/train';
import { openBackend } from '../backend/backend';
import { readCsv } from '../formats/csv';
import { parseJson } from '../formats/json-text';
import { writeNpz } from '../formats/npz';
import { readText } from '../formats/read-file';
import { makeFolder, writeFileWhole } from '../formats/write-file';
import { printJson } from './printed';
import { namedOption, type NamedOption, number, wholeNumber } from './option-values';

/** `ccl challenge`: a task for a class. */
export function challengeCommand(): Command {
  return new Command('challenge')
    .description(
      'a challenge for a class: outputs of a model without membership, and the score of each answer',
    )
    .addCommand(newCommand())
    .addCommand(scoreCommand())
    .addHelpText('after', '\nHow a class uses it: docs/teaching.md.');
}

interface NewOptions {
  readonly seed: number;
  readonly out: string;
  readonly truth: string;
  readonly signals?: string;
  readonly target: number;
  readonly defense: NamedOption;
  readonly epochs: number;
}

function newCommand(): Command {
  return new Command('new')
    .description('deal a challenge: a folder for the students, and the truth in a file apart')
    .requiredOption('--seed <n>', 'seed of training and deal; whoever knows it knows the truth', number)
    .requiredOption('--out <folder>', 'the folder that students get; must not exist')
    .requiredOption('--truth <file.json>', 'where the membership is kept; never in that folder')
    .option('--signals <file>', 'deal from outputs of your own (any file that `ccl audit` reads)')
    .option('--target <m>', 'which model of that file', number, 0)
    .option(
      '--defense <name>',
      'how the network of Location30 is trained, as NAME or NAME:option=value (without --signals)',
      namedOption,
      { name: 'ce' },
    )
    .option('--epochs <n>', 'epochs of that training', wholeNumber, 40)
    .addHelpText(
      'after',
      '\nExamples:\n' +
        '  npx ccl challenge new --seed 918273645 --out challenge --truth truth.json\n' +
        '  npx ccl challenge new --seed 918273645 --defense ccel:alpha=0.2 --out harder --truth harder-truth.json\n' +
        '  npx ccl challenge score answers/*.csv --truth truth.json',
    )
    .action(deal);
}

async function deal({
  seed,
  out,
  truth,
  signals,
  target,
  defense: trained,
  epochs,
}: NewOptions): Promise<void> {
  const folder = resolve(out);
  const kept = resolve(truth);
  for (const path of [folder, kept]) {
    if (existsSync(path))
      throw new UserError(`${path} exists already. Name another one, or remove it first.`);
  }
  if (!relative(folder, kept).startsWith('..')) {
    throw badInput(
      '--truth',
      truth,
      'must not lie in the folder that students get',
      'Name a place elsewhere',
    );
  }
  const { set, title } =
    signals === undefined
      ? await trainedSet(trained, epochs, seed)
      : { set: await readSignals(signals, { target }), title: 'outputs of one model' };
  const challenge = dealChallenge(set, title, seed);
  const text = truthText(challenge.truth);
  makeFolder(folder);
  await writeSignals(join(folder, 'known.npz'), challenge.known);
  await writeQuestions(join(folder, 'questions.npz'), challenge.questions);
  writeFileWhole(
    join(folder, 'README.md'),
    taskText(title, challenge.known.n, challenge.questions, commitment(text)),
  );
  writeFileWhole(kept, text);
  process.stdout.write(
    `${folder}: ${challenge.known.n} records with membership, ${challenge.questions.n} without.\n` +
      `${kept}: the truth. Keep it; its SHA-256 stands in the README of the students.\n`,
  );
}

/** One network on a quarter of Location30, asked for its members and for another quarter. */
async function trainedSet(
  { name, ...options }: NamedOption,
  epochs: number,
  seed: number,
): Promise<{ set: SignalSet; title: string }> {
  const people = await dataset('location30');
  const { targetMembers, targetNonMembers } = splitQuarters(people.records, seed);
  const part = (records: Int32Array) => ({
    x: takeFeatures(people, records),
    y: takeLabels(people, records),
  });
  const members = part(targetMembers);
  const nonMembers = part(targetNonMembers);
  const { state } = await train({
    backend: await openBackend(),
    network: model('mlp', { features: people.features, classes: people.classes, hidden: [256] }),
    defense: defense(name as DefenseName, options as never),
    recipe: recipe('study', { epochs, milestones: [] }),
    members,
    nonMembers,
    key: { seed, role: 'target', index: 0 },
  });
  const labels = [...members.y, ...nonMembers.y];
  const set = memorySignalSet({
    logits: [state.outputs],
    labels,
    members: [labels.map((_, i) => (i < members.y.length ? 1 : 0))],
    classes: people.classes,
  });
  return { set, title: `a network on ${people.title}, ${people.classes} classes` };
}

async function writeQuestions(path: string, { n, classes, logits, labels }: Questions): Promise<void> {
  await writeNpz(path, {
    logits: { shape: [n, classes], data: logits },
    labels: { shape: [n], data: labels },
  });
}

function taskText(title: string, known: number, { n, classes }: Questions, hash: string): string {
  return `# Who was in the training set?

These are outputs of ${title}.

- \`known.npz\`: logits [1, ${known}, ${classes}], labels and membership of ${known} records, to try attacks on (\`npx ccl audit known.npz\`).
- \`questions.npz\`: logits [${n}, ${classes}] and labels [${n}] of as many other records of the same model. About as many are members as above.

Give each question a score, higher where you think that the record was a member, in a CSV file \`record,score\` with the rows of \`questions.npz\` counted from 0. What counts is the ranking: the AUC, and the TPR at a false positive rate of 1 %.

A first answer, as a cell of a notebook:

\`\`\`ts
import { files, signals } from 'ccl-lab';
import { writeFileSync } from 'node:fs';

const questions = await files.openNpz('questions.npz');
const logits = await questions.read('logits');
const labels = await questions.read('labels');
questions.close();
const [n, classes] = logits.shape;
const losses = signals.ceLosses({ n, classes, logits: Float64Array.from(logits.data), labels: Int32Array.from(labels.data) });
writeFileSync('answers.csv', 'record,score\\n' + Array.from(losses, (loss, record) => \`\${record},\${-loss}\\n\`).join(''));
\`\`\`

SHA-256 of the file with the truth: ${hash}
`;
}

function scoreCommand(): Command {
  return new Command('score')
    .description('AUC and TPR at 1 % FPR of answers, with 95 % intervals')
    .argument('<answers.csv...>', 'files with the columns record and score')
    .requiredOption('--truth <file.json>', 'the truth that `ccl challenge new` wrote')
    .option('--json', 'print as JSON')
    .addHelpText('after', '\nExample:\n  npx ccl challenge score anna.csv ben.csv --truth truth.json')
    .action(score);
}

const truthSchema = z.object({
  schema: z.literal('ccl-lab/challenge-truth/1'),
  title: z.string(),
  seed: z.number(),
  members: z.array(z.union([z.literal(0), z.literal(1)])).min(8),
});

async function score(
  answers: readonly string[],
  { truth, json }: { readonly truth: string; readonly json?: true },
): Promise<void> {
  const text = readText(truth);
  const known = truthSchema.safeParse(parseJson(text, truth));
  if (!known.success) {
    throw new UserError(
      `${truth} is not the truth of a challenge. Pass the file that ccl challenge new wrote.`,
    );
  }
  const scored = [];
  for (const file of answers) scored.push({ file, ...(await scoreFile(file, known.data)) });
  // The best first; a stable sort keeps equal ones in the order of the command line.
  scored.sort((a, b) => b.auc.estimate - a.auc.estimate);
  if (json === true) {
    printJson({ schema: 'ccl-lab/challenge-score/1', truth: commitment(text), answers: scored });
    return;
  }
  const table = new CliTable({
    head: ['answers', 'AUC', 'TPR at 1 % FPR'],
    style: { head: [], border: [], compact: true },
  });
  for (const { file, auc, tprAt1Percent } of scored) {
    table.push([file, shownInterval(auc), shownInterval(tprAt1Percent)]);
  }
  process.stdout.write(
    `${table.toString()}\n95 % intervals over the ${known.data.members.length} questions; guessing has AUC 0.5 and TPR 0.01.\n` +
      `SHA-256 of the truth: ${commitment(text)}\n`,
  );
}

function shownInterval({ estimate, low, high }: Interval): string {
  const bounds = low === null || high === null ? 'no interval' : `${low.toFixed(3)} to ${high.toFixed(3)}`;
  return `${estimate.toFixed(3)} (${bounds})`;
}

async function scoreFile(path: string, truth: z.infer<typeof truthSchema>) {
  const rows = readCsv(path, { header: true });
  const columns = (await rows.columns()) ?? [];
  const places = ['record', 'score'].map((name) => columns.indexOf(name));
  if (places.includes(-1)) {
    throw badInput(
      `the first line of ${path}`,
      columns.join(','),
      'must name the columns record and score',
      'Write record,score there',
    );
  }
  const [record, scoreAt] = places;
  const answers: Answer[] = [];
  for await (const row of rows)
    answers.push({ record: numberIn(row[record]), score: numberIn(row[scoreAt]) });
  try {
    return scoreChallenge(answers, truth);
  } catch (error) {
    throw error instanceof UserError ? new UserError(`${path}: ${error.message}`) : error;
  }
}

const numberIn = (cell: string): number => (cell.trim() === '' ? Number.NaN : Number(cell));
