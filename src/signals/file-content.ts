import { UserError } from '../errors';
import type { NumericArray } from '../formats/numeric-array';
import {
  checkFinite,
  checkSeveralLabels,
  takeClassLabels,
  takeZeroOne,
  toFloats,
  type FloatArray,
} from './check-arrays';
import { wrongShape, type FileLayout, type OutputArray } from './file-layout';
import { logProbabilities, looksLikeProbabilities, probabilityFloor } from './log-probabilities';
import type { Row, RowKeeper } from './row-keeper';
import { unusedArrays } from './signal-source';
import type { SignalSet } from './signal-set';

/** Everything that a file holds, checked. Rows are one a model. */
export interface FileContent {
  readonly layout: FileLayout;
  readonly labels: Int32Array;
  readonly members: readonly Uint8Array[];
  readonly rows: readonly Row[];
  readonly augmented?: readonly Row[];
  readonly population?: { readonly labels: Int32Array; readonly rows: readonly Row[] };
  readonly groups?: readonly string[];
  readonly recordIds?: readonly string[];
  readonly recordsChecksum?: string;
  readonly canaries?: Uint8Array;
  readonly randomizedMembership: boolean;
  /** Of the target, where it is a model of this file. */
  readonly gradientNorms?: SignalSet['gradientNorms'];
  readonly trajectory?: SignalSet['trajectory'];
  readonly notes: readonly string[];
}

/**
 * Reads and checks a file whose shapes fit.
 *
 * @param target the attacked model, counted in this file; undefined if it is in another one
 * @throws UserError that names array, index and rule
 */
export async function fileContent(
  layout: FileLayout,
  keeper: RowKeeper,
  target: number | undefined,
): Promise<FileContent> {
  const { source, augmented, population } = layout;
  const notes = unusedArrays(source);
  if (source.names.includes('logits') && source.names.includes('probabilities')) {
    notes.push(`${source.path}: probabilities were not used, since logits are there`);
  }
  const labels = await classLabels(layout, 'labels');
  checkSeveralLabels(`labels in ${source.path}`, labels);
  const members = await membership(layout);
  const reader = new OutputReader(layout, keeper);
  const rows = await reader.rows(layout.outputs);
  const populationContent = population && {
    labels: await classLabels(layout, 'population_labels'),
    rows: await reader.rows(population),
  };
  const trajectory = target === undefined ? undefined : await trajectoryOf(reader, target);
  return {
    layout,
    labels,
    members,
    rows,
    ...(augmented && { augmented: await reader.rows(augmented) }),
    ...(populationContent && { population: populationContent }),
    ...(await recordArrays(layout)),
    gradientNorms: target === undefined ? undefined : await gradientNormsOf(layout, target),
    trajectory,
    notes: [...notes, ...reader.notes()],
  };
}

const nameIn = ({ source }: FileLayout, name: string): string => `${name} in ${source.path}`;

async function classLabels(layout: FileLayout, name: string): Promise<Int32Array> {
  const array = await (await layout.source.numbers(name)).read();
  return takeClassLabels(nameIn(layout, name), array, layout.classes);
}

async function membership(layout: FileLayout): Promise<Uint8Array[]> {
  const { models, n, source } = layout;
  const array = await (await source.numbers('members')).read();
  const all = takeZeroOne(nameIn(layout, 'members'), array, array.shape);
  return Array.from({ length: models }, (_, m) => all.subarray(m * n, (m + 1) * n));
}

/** The arrays with one value a record (or one in all) that any file may hold. */
async function recordArrays(
  layout: FileLayout,
): Promise<
  Pick<FileContent, 'groups' | 'recordIds' | 'recordsChecksum' | 'canaries' | 'randomizedMembership'>
> {
  const { source } = layout;
  const has = (name: string): boolean => source.names.includes(name);
  const zeroOne = async (name: string, meaning: string): Promise<Uint8Array> => {
    const array = await (await source.numbers(name)).read();
    return takeZeroOne(nameIn(layout, name), array, array.shape, meaning);
  };
  const randomized = has('randomized_membership')
    ? await zeroOne('randomized_membership', '1 (a coin decided who is a member) or 0')
    : [0];
  return {
    ...(has('groups') && { groups: await recordTexts(layout, 'groups') }),
    ...(has('record_ids') && { recordIds: await recordTexts(layout, 'record_ids') }),
    ...(has('records_checksum') && { recordsChecksum: (await source.texts('records_checksum')).join() }),
    ...(has('canaries') && { canaries: await zeroOne('canaries', '1 (a canary) or 0') }),
    randomizedMembership: randomized[0] === 1,
  };
}

async function recordTexts(layout: FileLayout, name: string): Promise<readonly string[]> {
  const texts = await layout.source.texts(name);
  if (texts.length === layout.n) return texts;
  throw wrongShape(layout.source, name, [texts.length], `[records] = [${layout.n}]`);
}

/** gradient_norms [models, records, ...] or, for the target alone, [records, ...]; everything behind is one kind each. */
async function gradientNormsOf(layout: FileLayout, target: number): Promise<SignalSet['gradientNorms']> {
  const { source, models, n } = layout;
  if (!source.names.includes('gradient_norms')) return undefined;
  const array = await source.numbers('gradient_norms');
  const { shape, dtype } = array;
  const hasModels = shape.length >= 2 && shape[0] === models && shape[1] === n;
  if (!hasModels && shape[0] !== n) {
    const meaning = `[models, records, ...] = [${models}, ${n}, ...] or [records, ...] = [${n}, ...]`;
    throw wrongShape(source, 'gradient_norms', shape, meaning);
  }
  const data = hasModels ? (await slice(array.slices(), target)).data : (await array.read()).data;
  const kinds = data.length / n;
  if (kinds < 1) throw wrongShape(source, 'gradient_norms', shape, 'at least one norm a record');
  const values = toFloats(data, dtype).slice();
  checkFinite(nameIn(layout, 'gradient_norms'), hasModels ? [target] : [], values, [n, kinds]);
  return { kinds, values };
}

async function slice(slices: AsyncIterable<NumericArray>, wanted: number): Promise<NumericArray> {
  let at = 0;
  for await (const part of slices) if (at++ === wanted) return part;
  throw new Error(`there is no slice ${wanted}`);
}

/** trajectory [records, epochs, classes] of the target, or [models, records, epochs, classes] of all. */
async function trajectoryOf(reader: OutputReader, target: number): Promise<SignalSet['trajectory']> {
  const { source, models, n, classes } = reader.layout;
  if (!source.names.includes('trajectory')) return undefined;
  const array = await source.numbers('trajectory');
  const { shape, dtype } = array;
  const [records, epochs, k] = shape.slice(-3);
  const hasModels = shape.length === 4;
  if ((shape.length !== 3 && !hasModels) || records !== n || k !== classes || epochs < 1) {
    const meaning = `[records, epochs, classes] = [${n}, epochs, ${classes}], of the target alone`;
    throw wrongShape(source, 'trajectory', shape, `${meaning}, or [models, ...] of all`);
  }
  if (hasModels && shape[0] !== models) {
    throw wrongShape(source, 'trajectory', shape, `[${models}, ${n}, epochs, ${classes}], one row a model`);
  }
  const values = hasModels ? (await slice(array.slices(), target)).data : (await array.read()).data;
  const lead = hasModels ? [target] : [];
  const logits = reader.asLogits('trajectory', lead, toFloats(values, dtype), [n, epochs, classes], dtype);
  return { epochs, logits: logits.slice() };
}

/** Reads outputs row by row and turns them into logits. */
class OutputReader {
  private raised = new Map<string, number>();

  constructor(
    readonly layout: FileLayout,
    private readonly keeper: RowKeeper,
  ) {}

  /** One row of logits for each model. */
  async rows({ name, array, hasModels }: OutputArray): Promise<Row[]> {
    const { shape, dtype } = array;
    const rowShape = hasModels ? shape.slice(1) : shape;
    const rows: Row[] = [];
    const take = (data: NumericArray['data'], lead: readonly number[]): void => {
      const values = toFloats(data, dtype);
      rows.push(this.keeper.keep(this.asLogits(name, lead, values, rowShape, dtype)));
    };
    if (!hasModels) take((await array.read()).data, []);
    else for await (const { data } of array.slices()) take(data, [rows.length]);
    return rows;
  }

  /** Checked logits; probabilities become their logarithms. */
  asLogits(
    name: string,
    lead: readonly number[],
    values: FloatArray,
    shape: readonly number[],
    dtype: NumericArray['dtype'],
  ): FloatArray {
    const { classes, probabilities } = this.layout;
    const where = nameIn(this.layout, name);
    if (!probabilities) {
      checkFinite(where, lead, values, shape);
      if (name === 'logits' && looksLikeProbabilities(values, classes)) {
        throw new UserError(
          `Every row of ${where} lies in [0, 1] and sums to 1, so these are probabilities, not logits. ` +
            'Store the array under the name probabilities, or store the values before the softmax.',
        );
      }
      return values;
    }
    const { logits, raised } = logProbabilities(where, lead, values, shape, dtype);
    const noted = `${where}: probabilities below ${probabilityFloor(dtype).toExponential(1)} were raised to it, the least that is told from 0`;
    if (raised > 0) this.raised.set(noted, (this.raised.get(noted) ?? 0) + raised);
    return logits;
  }

  notes(): string[] {
    return [...this.raised].map(([note, count]) => `${note} (${count} values)`);
  }
}
