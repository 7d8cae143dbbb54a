import { resolve } from 'node:path';
import { UserError } from '../errors';
import { defaultMaxMemory } from '../platform/formats/limits';
import { checkBothSides, checkTarget } from './check-arrays';
import { adapted, withLabelsOf } from './foreign-arrays';
import { fileContent, type FileContent } from './file-content';
import { fileLayout, type FileLayout } from './file-layout';
import { mergedSet } from './merged-set';
import { fingerprint, openSignals } from './open-signals';
import { memoryKeeper, spillKeeper } from './row-keeper';
import type { SignalNote, SignalSet } from './signal-set';
import type { SignalSource } from './signal-source';

/** Options of `readSignals`. */
export interface ReadSignalsOptions {
  /** The attacked model, counted from 0 over the models of all files in order; default 0. */
  readonly target?: number;
  /** Bytes that one array (of all models: one model's row of it) may take in memory, default 4 GiB. */
  readonly maxMemory?: number;
  /**
   * Outputs of several models that take more bytes together wait in a temporary file (TMPDIR) and are read model by
   * model; default an eighth of `maxMemory`.
   */
  readonly spillAbove?: number;
  /** False leaves the checksums of `files` out, which cost a second reading of each file. Default true. */
  readonly checksums?: boolean;
}

/**
 * Reads signals from npz, a folder of npy files, CSV, Parquet or JSON (docs/audit-a-pytorch-model.md has the arrays).
 * The models of several files follow each other; all files must hold the same records in the same order.
 *
 * Probabilities become log-probabilities (`logProbabilities`). Everything that attacks rely on is checked here.
 *
 * @throws UserError that names file, array, index and rule
 *
 * @example
 * ```ts
 * import { readSignals } from 'ccl-lab';
 *
 * const digits = await readSignals('data/audit/digits.npz');
 * console.log(digits.classes); // prints 10
 * ```
 */
export async function readSignals(
  paths: string | readonly string[],
  {
    target = 0,
    maxMemory = defaultMaxMemory,
    spillAbove = maxMemory / 8,
    checksums = true,
  }: ReadSignalsOptions = {},
): Promise<SignalSet> {
  const given = typeof paths === 'string' ? [paths] : paths;
  checkPaths(given);
  const sources: SignalSource[] = [];
  try {
    const notes: SignalNote[] = [];
    const statistics = new Set<SignalSet['statistic']>();
    const unlabeled: number[] = [];
    for (const path of given) {
      const opened = await openSignals(path, { maxMemory });
      sources.push(opened.source);
      const { source, statistic, notes: found, unlabeled: lacksLabels } = await adapted(opened.source);
      sources[sources.length - 1] = source;
      statistics.add(statistic);
      if (lacksLabels) unlabeled.push(sources.length - 1);
      notes.push(...opened.notes, ...found);
    }
    const [statistic] = statistics;
    if (statistics.size > 1) throw mixedStatistics(given);
    const labeled = sources.find((_, i) => !unlabeled.includes(i));
    if (labeled !== undefined) {
      for (const i of unlabeled) {
        sources[i] = await withLabelsOf(sources[i], labeled);
        const { path: file } = sources[i];
        const at = notes.findIndex((note) => note.code === 'no labels' && note.file === file);
        notes[at] = { code: 'labels of another file', file, from: labeled.path };
      }
    }
    const isUnlabeled = labeled === undefined;
    const layouts: FileLayout[] = [];
    for (const source of sources) layouts.push(await fileLayout(source));
    const contents = await readAll(layouts, target, spillAbove);
    const files = checksums ? await Promise.all(given.map(fingerprint)) : undefined;
    const set = mergedSet(contents, target, files);
    // Labels of a statistic alone are none.
    const hasLabels = statistic === undefined && !isUnlabeled;
    const own = (set.notes ?? []).filter(({ code }) => hasLabels || code !== 'one class');
    return {
      ...set,
      notes: [...notes, ...own],
      ...(statistic && { statistic }),
      ...(isUnlabeled && { unlabeled: true as const }),
    };
  } finally {
    for (const source of sources) source.close();
  }
}

async function readAll(
  layouts: readonly FileLayout[],
  target: number,
  spillAbove: number,
): Promise<FileContent[]> {
  const models = layouts.reduce((sum, layout) => sum + layout.models, 0);
  checkTarget(target, models);
  const bytes = layouts.reduce((sum, layout) => sum + layout.outputBytes, 0);
  const keeper = models > 1 && bytes > spillAbove ? spillKeeper() : memoryKeeper;
  const contents: FileContent[] = [];
  let before = 0;
  for (const layout of layouts) {
    const own = target - before;
    const isHere = own >= 0 && own < layout.models;
    const content = await fileContent(layout, keeper, isHere ? own : undefined);
    if (isHere) checkBothSides(`members in ${layout.source.path}`, own, content.members[own]);
    contents.push(content);
    before += layout.models;
  }
  return contents;
}

function mixedStatistics(paths: readonly string[]): UserError {
  return new UserError(
    `${paths.join(', ')} hold different things: outputs in one file, one number a record in another. ` +
      'Export the same of all models.',
  );
}

function checkPaths(paths: readonly string[]): void {
  if (paths.length === 0) throw new UserError('No file of signals was given. Name at least one.');
  const seen = new Set<string>();
  for (const path of paths) {
    if (seen.has(resolve(path))) {
      throw new UserError(`${path} was given twice, but each model may count once. Leave one of them out.`);
    }
    seen.add(resolve(path));
  }
}
