import { takeRows } from '../../defenses/soft-labels';
import type { ListColumn, ValueColumn } from '../../platform/formats/parquet-values';
import { joined } from '../../platform/math/joined';
import { lossSummary, type LossSummary } from '../../metrics/matched-histories';
import { ceLosses, correct, hingeMargin, scaledLogit } from '../../signals/log-softmax';
import type { FinishedModel } from '../block';

/** Columns of a table, by name, equally long. */
export type Columns = Readonly<Record<string, ValueColumn>>;

/** The tables of a block, and which columns must be read back exactly. */
export const tables = {
  records: { file: 'records.parquet', plain: ['record', 'label', 'member', 'logits'] },
  epochs: { file: 'epochs.parquet', plain: ['epoch'] },
  losses: { file: 'losses.parquet', plain: ['loss', 'correct'] },
} as const;

/** Records of which a model was asked: its own (members and non-members), or dealt to the other side. */
export type RecordPart = 'own' | 'elsewhere';

/**
 * One row a model and record, own records first: model (its place in the block), role, index, record, part, label, member,
 * loss (CE, natural logarithm), scaled_logit, hinge, correct, logits.
 */
export function recordsTable(models: readonly FinishedModel[]): Columns {
  const asked = models.flatMap((model, place) =>
    (['own', 'elsewhere'] as const).map((part) => askedOf(model, place, part)),
  );
  return { ...columnsOf(asked), logits: logitsColumn(asked) };
}

/**
 * The same of own records alone, without logits, numbers in float32: what is committed beside a paper.
 *
 * @param records only these, by their numbers; default all
 */
export function outputsTable(models: readonly FinishedModel[], records?: ReadonlySet<number>): Columns {
  const asked = models.map((model, place) => askedOf(withRecords(model, records), place, 'own'));
  const columns = columnsOf(asked);
  return Object.fromEntries(
    Object.entries(columns).map(([name, column]) => [
      name,
      column instanceof Float64Array ? Float32Array.from(column) : column,
    ]),
  );
}

function withRecords(model: FinishedModel, wanted: ReadonlySet<number> | undefined): FinishedModel {
  if (wanted === undefined) return model;
  const { classes, logits, labels, members } = model.signals;
  const rows = Int32Array.from(model.records.keys()).filter((row) => wanted.has(model.records[row]));
  const signals = {
    n: rows.length,
    classes,
    logits: takeRows(logits as Float32Array, rows, classes),
    labels: Int32Array.from(rows, (row) => labels[row]),
    members: Uint8Array.from(rows, (row) => members[row]),
  };
  return { ...model, records: Int32Array.from(rows, (row) => model.records[row]), signals };
}

type Asked = ReturnType<typeof askedOf>;

function columnsOf(asked: readonly Asked[]): Columns {
  const repeated = <T>(value: (one: Asked) => T): T[] =>
    asked.flatMap((one) => new Array<T>(one.n).fill(value(one)));
  return {
    model: Int32Array.from(repeated(({ place }) => place)),
    role: repeated(({ role }) => role),
    index: Int32Array.from(repeated(({ index }) => index)),
    record: joined(
      Int32Array,
      asked.map(({ records }) => records),
    ),
    part: repeated(({ part }) => part),
    label: joined(
      Int32Array,
      asked.map(({ labels }) => labels),
    ),
    member: joined(
      Uint8Array,
      asked.map(({ members }) => members),
    ),
    loss: joined(
      Float64Array,
      asked.map(({ loss }) => loss),
    ),
    scaled_logit: joined(
      Float64Array,
      asked.map(({ phi }) => phi),
    ),
    hinge: joined(
      Float64Array,
      asked.map(({ hinge }) => hinge),
    ),
    correct: joined(
      Uint8Array,
      asked.map(({ correct }) => correct),
    ),
  };
}

function logitsColumn(
  asked: readonly { readonly classes: number; readonly logits: Float32Array | Float64Array }[],
): ListColumn {
  const values = asked.map(({ logits }) => {
    // Networks answer in float32; anything else would not come back as it was.
    if (logits instanceof Float32Array) return logits;
    throw new Error('logits of a block must be float32');
  });
  return { values: joined(Float32Array, values), width: asked[0].classes };
}

/** The outputs of a model on one part of the records, with what follows from them. */
function askedOf(
  { role, index, records: own, signals, elsewhere }: FinishedModel,
  place: number,
  part: RecordPart,
) {
  const { classes } = signals;
  const { records, labels, logits, members } =
    part === 'own'
      ? { ...signals, records: own }
      : { ...elsewhere, members: new Uint8Array(elsewhere.records.length) };
  const labeled = { n: records.length, classes, logits, labels };
  const statistics = { loss: ceLosses(labeled), phi: scaledLogit(labeled), hinge: hingeMargin(labeled) };
  return { ...labeled, role, index, place, part, records, members, correct: correct(labeled), ...statistics };
}

const summaryFields = ['mean', 'variance', 'median', 'q05', 'q95', 'max'] as const;

/**
 * One row a model and evaluated epoch: model, role, index, epoch, train_accuracy, test_accuracy, and mean, variance,
 * median, q05, q95, max of the CE losses of members (member_mean ...) and non-members (non_member_mean ...).
 */
export function epochsTable(models: readonly FinishedModel[]): Columns {
  const rows = models.flatMap((model, place) =>
    Array.from(model.epochs, (epoch, e) => ({ place, ...model, epoch, ...epochNumbers(model, e) })),
  );
  const number = (value: (row: (typeof rows)[number]) => number): Float64Array =>
    Float64Array.from(rows, value);
  const summary = (prefix: string, side: (row: (typeof rows)[number]) => LossSummary) =>
    Object.fromEntries(
      summaryFields.map((field) => [`${prefix}_${field}`, number((row) => side(row)[field])]),
    );
  return {
    model: Int32Array.from(rows, ({ place }) => place),
    role: rows.map(({ role }) => role),
    index: Int32Array.from(rows, ({ index }) => index),
    epoch: Int32Array.from(rows, ({ epoch }) => epoch),
    train_accuracy: number(({ train }) => train),
    test_accuracy: number(({ test }) => test),
    ...summary('member', ({ member }) => member),
    ...summary('non_member', ({ nonMember }) => nonMember),
  };
}

function epochNumbers({ losses, correct, signals: { n, members } }: FinishedModel, e: number) {
  const side = (wanted: 0 | 1) => {
    const own: number[] = [];
    let right = 0;
    for (let r = 0; r < n; r++) {
      if (members[r] !== wanted) continue;
      own.push(losses[e * n + r]);
      right += correct[e * n + r];
    }
    return { accuracy: right / own.length, summary: own.length === 0 ? noSummary : lossSummary(own) };
  };
  const [nonMembers, inside] = [side(0), side(1)];
  return {
    train: inside.accuracy,
    test: nonMembers.accuracy,
    member: inside.summary,
    nonMember: nonMembers.summary,
  };
}

const noSummary: LossSummary = { mean: NaN, variance: NaN, median: NaN, q05: NaN, q95: NaN, max: NaN };

/** One row a model, evaluated epoch and own record: model, epoch, record, member, loss, correct. */
export function lossesTable(models: readonly FinishedModel[]): Columns {
  const each = <T>(value: (model: FinishedModel, place: number, e: number) => T): T[] =>
    models.flatMap((model, place) => Array.from(model.epochs, (_, e) => value(model, place, e)));
  const constant = ({ signals }: FinishedModel, value: number) => new Int32Array(signals.n).fill(value);
  return {
    model: joined(Int32Array, each(constant)),
    epoch: joined(
      Int32Array,
      each((model, _, e) => constant(model, model.epochs[e])),
    ),
    record: joined(
      Int32Array,
      each(({ records }) => records),
    ),
    member: joined(
      Uint8Array,
      each(({ signals }) => signals.members),
    ),
    loss: joined(
      Float64Array,
      models.map(({ losses }) => losses),
    ),
    correct: joined(
      Uint8Array,
      models.map(({ correct }) => correct),
    ),
  };
}
