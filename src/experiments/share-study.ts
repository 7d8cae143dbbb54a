import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { type DataFile, placeOf } from '../data/data-file';
import type { Dataset } from '../data/dataset';
import { explainedWriteError, makeFolder, writeFileWhole } from '../platform/formats/write-file';
import type { ComputeEnvironment } from './block';
import { madeBy } from './made';
import type { Plan } from './plan';
import { missingIn, studyResult } from './run-study';
import { readBlockFile } from './store/block-folder';
import { exportStore } from './store/export';
import { Store } from './store/store';
import type { Study, StudyInput } from './study';

export interface SharedStudy {
  /** As it stands in its file. */
  readonly input: StudyInput;
  readonly study: Study;
  readonly plan: Plan;
  readonly data: Dataset;
  readonly compute: ComputeEnvironment;
  readonly store: Store;
}

export interface Shared {
  /** The study file in the folder. */
  readonly file: string;
  readonly blocks: number;
  /** Blocks that were not trained yet. */
  readonly missing: number;
  /** Processors that trained the blocks. */
  readonly processors: readonly string[];
}

/**
 * Packs a study into a folder with which another machine reports it and goes on with it: the study file (study.json), its
 * own data file with checksum, all blocks with weights and outputs, kept results, and, once all is trained, result.json.
 * The folder is an output folder: `--out FOLDER` finds its store.
 *
 * @param options `data: false` leaves the data file out; whoever has it puts it beside the study
 * @throws UserError if a file cannot be written
 */
export async function shareStudy(
  { input, study, plan, data, compute, store }: SharedStudy,
  folder: string,
  options: { readonly data?: boolean } = {},
): Promise<Shared> {
  makeFolder(folder);
  const packed = Store.open(join(folder, 'store'));
  const missing = missingIn(plan, store).length;
  const ids = plan.blocks.map(({ id }) => id).filter((id) => store.blockIds().includes(id));
  const { blocks } = await exportStore(store, packed, { keep: 'all', blocks: ids });
  const file = join(folder, 'study.json');
  const shared =
    typeof study.data === 'string' ? {} : { data: sharedData(study.data, data, folder, options) };
  writeFileWhole(file, `${JSON.stringify({ ...input, ...shared }, null, 2)}\n`);
  const processors = [...new Set(ids.map((id) => readBlockFile(packed.blockFolder(id), id).machine.cpu))];
  if (missing === 0) {
    const result = await studyResult({ study, data, plan, store: packed, compute });
    const command = 'npx ccl study run study.json --out .';
    const blocks = { trained: 0, reused: plan.blocks.length };
    const whole = { ...result, command, blocks, made: madeBy(study) };
    writeFileWhole(join(folder, 'result.json'), `${JSON.stringify(whole)}\n`);
  }
  return { file, blocks, missing, processors };
}

/** The data file beside the study, known by its checksum. */
function sharedData(
  own: DataFile,
  { sha256 }: Dataset,
  folder: string,
  options: { readonly data?: boolean },
): DataFile {
  const [format, place] = placeOf(own);
  if (options.data !== false) {
    try {
      copyFileSync(place, join(folder, basename(place)));
    } catch (error) {
      throw explainedWriteError(join(folder, basename(place)), error);
    }
  }
  return { ...own, [format]: basename(place), sha256 } as DataFile;
}
