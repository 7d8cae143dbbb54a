import { Command } from 'commander';
import { defaultStore, Store } from '../../experiments/store/store';
import { type PlannedBlock, planStudy } from '../../experiments/plan';
import { exportStore } from '../../experiments/store/export';
import { findGarbage, removeGarbage, type Garbage } from '../../experiments/store/garbage';
import { diskUse, listBlocks, verifyStore, whyBlock, type WhyBlock } from '../../experiments/store/listing';
import type { Keep } from '../../experiments/store/block-folder';
import { badInput } from '../../errors';
import { shownBytes } from '../formats/limits';
import { printJson } from './printed';
import { number, wholeNumber } from './option-values';
import { openBackend } from '../backend/backend';
import { studyDataset } from '../../data/data-file';
import { computeOf } from '../../experiments/block';
import { study } from '../../experiments/study';
import { findStudy } from '../../studies/registry';

interface CommonOptions {
  readonly store: string;
  readonly json?: true;
}

/** `ccl store`: what is kept, whether it is whole, and what can go. */
export function storeCommand(): Command {
  const list = (value: string, before: readonly string[] = []): string[] => [...before, value];
  return new Command('store')
    .description('list, check, clean and export finished blocks (docs/store.md)')
    .addCommand(common('ls', 'all blocks').action(ls))
    .addCommand(common('du', 'what takes how much of the disk').action(du))
    .addCommand(
      common('verify', 'read every file and compare it with its checksum; status 1 if something is broken')
        .option('--remove', 'remove what is broken, so that it is made again')
        .action(verify),
    )
    .addCommand(
      common('gc', 'show what nobody needs; with --yes remove it')
        .option('--study <name|file>', 'also blocks that no such study refers to (may be repeated)', list)
        .option('--older <days>', 'also blocks that were written longer ago', number)
        .option('--yes', 'remove it')
        .action(gc),
    )
    .addCommand(
      common('why', 'which fields make a block another one than those in the store')
        .argument('<block>', 'its id, or the first digits')
        .option('--study <name|file>', 'a study that plans it, if it is not in the store', list)
        .option('--count <n>', 'so many of the nearest blocks', wholeNumber, 3)
        .action(why),
    )
    .addCommand(
      common('export', 'copy blocks and results into another store')
        .argument('<folder>', 'the other store')
        .option('--keep <what>', 'outputs (no weights, no logits) or all', 'outputs')
        .option('--study <name|file>', 'only blocks of these studies (may be repeated)', list)
        .action(exportBlocks),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  npx ccl store ls\n  npx ccl store verify --json\n  npx ccl store gc --study my-study.json\n  npx ccl store why 3fa9',
    );
}

function common(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--store <folder>', 'the store', defaultStore)
    .option('--json', 'print as JSON');
}

function ls({ store, json }: CommonOptions): void {
  const blocks = listBlocks(open(store));
  if (json === true) return printJson({ store, blocks });
  print(
    blocks.map(({ id, title, keep, bytes }) => `${id.slice(0, 12)}  ${size(bytes)}  ${title}${mark(keep)}`),
  );
  print([`${blocks.length} blocks`]);
}

const mark = (keep: Keep | null): string => (keep === 'outputs' ? ' (outputs only)' : '');

function du({ store, json }: CommonOptions): void {
  const { blocks, ...bytes } = diskUse(open(store));
  if (json === true) return printJson({ store, blocks, bytes });
  print([...Object.entries(bytes).map(([what, count]) => `${size(count)}  ${what}`), `${blocks} blocks`]);
}

function verify({ store, json, remove }: CommonOptions & { readonly remove?: true }): void {
  const opened = open(store);
  const found = verifyStore(opened);
  const isRemoved = remove === true && found.broken.length > 0;
  if (isRemoved) {
    removeGarbage(
      opened,
      found.broken.map(({ kind, id, why: reason }) => ({
        kind: kind === 'block' ? 'broken block' : 'result',
        path: kind === 'block' ? `blocks/${id}` : `results/${id}.json`,
        why: reason,
        bytes: 0,
      })),
    );
  }
  if (found.broken.length > 0 && !isRemoved) process.exitCode = 1;
  if (json === true) return printJson({ store, ...found, removed: isRemoved });
  print(found.broken.map(({ kind, id, why: reason }) => `${kind} ${id}: ${reason}`));
  const after = isRemoved ? 'removed' : 'made again when a study needs them';
  const broken = found.broken.length === 0 ? 'all whole' : `${found.broken.length} broken, ${after}`;
  print([`${found.blocks} blocks and ${found.results} results: ${broken}`]);
}

async function gc({
  store,
  json,
  study,
  older,
  yes,
}: CommonOptions & {
  readonly study?: readonly string[];
  readonly older?: number;
  readonly yes?: true;
}): Promise<void> {
  const opened = open(store);
  const wanted = study === undefined ? undefined : new Set((await plannedBlocks(study)).map(({ id }) => id));
  const garbage = await findGarbage(opened, { wanted, olderDays: older });
  if (yes === true) removeGarbage(opened, garbage);
  const bytes = garbage.reduce((sum, one) => sum + one.bytes, 0);
  if (json === true) return printJson({ store, removed: yes === true, bytes, garbage });
  print(garbage.map(garbageLine));
  const rest = garbage.length > 0 && yes !== true ? ' Nothing was removed: that needs --yes.' : '';
  print([`${garbage.length} things, ${shownBytes(bytes)}.${rest}`]);
}

const garbageLine = ({ kind, path, why: reason, bytes }: Garbage): string =>
  `${size(bytes)}  ${kind}  ${path}: ${reason}`;

async function why(
  block: string,
  { store, json, study = [], count }: CommonOptions & { study?: readonly string[]; count: number },
): Promise<void> {
  const planned: PlannedBlock[] = study.length === 0 ? [] : await plannedBlocks(study);
  const found = whyBlock(open(store), block, planned, count);
  if (json === true) return printJson({ store, ...found });
  print(whyLines(found));
}

function whyLines({ id, title, isThere, nearest }: WhyBlock): string[] {
  const others = nearest.flatMap(({ id: other, title: otherTitle, differences }) => [
    '',
    `${other.slice(0, 12)}  ${otherTitle}`,
    ...differences.map(({ path, a, b }) => `    ${path} is ${shown(a)} in this block, ${shown(b)} there`),
  ]);
  return [
    `${id}  ${title}`,
    isThere ? 'It is in the store. Nearest others:' : 'It is not in the store. Nearest blocks that are:',
    ...(nearest.length === 0 ? ['', 'none'] : others),
  ];
}

const shown = (value: unknown): string => (value === undefined ? 'absent' : JSON.stringify(value));

async function exportBlocks(
  folder: string,
  { store, json, keep, study }: CommonOptions & { keep: string; study?: readonly string[] },
): Promise<void> {
  if (keep !== 'outputs' && keep !== 'all') {
    throw badInput('--keep', keep, 'must be outputs or all', 'Leave it out for outputs');
  }
  const blocks = study === undefined ? undefined : (await plannedBlocks(study)).map(({ id }) => id);
  const done = await exportStore(open(store), Store.open(folder), { keep, blocks });
  if (json === true) return printJson({ store, folder, keep, ...done });
  print([`${done.blocks} blocks and ${done.results} results: ${folder}`]);
}

/** These commands make no store. */
const open = (folder: string): Store => Store.openExisting(folder);

const size = (bytes: number): string => shownBytes(bytes).padStart(9);

function print(lines: readonly string[]): void {
  if (lines.length > 0) process.stdout.write(`${lines.join('\n')}\n`);
}

/**
 * All blocks of studies, with what this machine computes with.
 *
 * @param names names of studies, or files
 * @throws UserError for an unknown or wrong study
 */
export async function plannedBlocks(names: readonly string[]): Promise<PlannedBlock[]> {
  const here = computeOf(await openBackend());
  const blocks: PlannedBlock[] = [];
  for (const name of names) {
    const chosen = study(findStudy(name));
    // WebAssembly has one thread, whatever is asked for.
    const compute = here.name === 'native' ? { ...here, threads: chosen.threads } : here;
    blocks.push(...planStudy(chosen, await studyDataset(chosen.data), compute).blocks);
  }
  return blocks;
}
