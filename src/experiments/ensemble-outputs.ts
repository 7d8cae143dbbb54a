import { UserError } from '../errors';
import { canonicalJson, type BlockSpec } from './block';
import { readBlockFile } from './store/block-folder';
import { openStore, Store } from './store/store';
import { queryRows } from './store/query';

/** What the models of an ensemble answer about the same n records. */
export interface EnsembleOutputs {
  /** Numbers of the records in the data set, ascending, [n]. */
  readonly records: Int32Array;
  /** M arrays [n], 1 = the model was trained on the record. */
  readonly members: readonly Uint8Array[];
  /** M arrays [n], ln(p_y / (1 - p_y)). */
  readonly scaledLogits: readonly Float64Array[];
  /** M arrays [n], margin of the true class over the best other one, in logits. */
  readonly hinges: readonly Float64Array[];
}

/**
 * The outputs of all models of one defense and seed of an ensemble study, from a store that need not have their logits.
 *
 * @param block of any of its models, as `run.block` of the study's result names it
 * @param store a store or its folder; default that of the project
 * @throws UserError if the store lacks the block, or its models were not asked about the same records
 */
export async function ensembleOutputs(
  block: string,
  { store = openStore() }: { readonly store?: Store | string } = {},
): Promise<EnsembleOutputs> {
  const opened = typeof store === 'string' ? Store.openExisting(store) : store;
  const id = block.split('/')[0];
  const wanted = kindOf(specOf(opened, id));
  const blocks = opened.blockIds().filter((each) => isOfKind(opened, each, wanted));
  // A canary that stands twice in a training set has two rows, which are equal.
  const { rows } = await queryRows(
    `select runs.index, record, any_value(member), any_value(scaled_logit), any_value(hinge)
     from records join runs using (block, model)
     where block in (${blocks.map((each) => `'${each}'`).join(', ')}) and records.part = 'own'
     group by runs.index, record order by runs.index, record`,
    { store: opened },
  );
  return inModels(rows as (readonly number[])[]);
}

function specOf(store: Store, id: string): BlockSpec {
  try {
    return readBlockFile(store.blockFolder(id), id).spec;
  } catch (error) {
    throw new UserError(
      `The block ${id} is not in ${store.folder} (${(error as Error).message}). Pass the store of the study.`,
    );
  }
}

/** Blocks that cannot be read are no part of it, as in queries. */
function isOfKind(store: Store, id: string, wanted: string): boolean {
  try {
    return kindOf(readBlockFile(store.blockFolder(id), id).spec) === wanted;
  } catch {
    return false;
  }
}

/** All that the models of one defense and seed share: blocks of another size train alike. */
function kindOf(spec: BlockSpec): string {
  return canonicalJson({ ...spec, models: [], revisions: { ...spec.revisions, ensemble: 0 } });
}

function inModels(rows: readonly (readonly number[])[]): EnsembleOutputs {
  const first = rows.filter(([index]) => index === rows[0][0]);
  const n = first.length;
  const models = rows.length / n;
  const records = Int32Array.from(first, ([, record]) => record);
  if (rows.some(([, record], i) => record !== records[i % n])) {
    throw new UserError(
      'The models of the ensemble were not asked about the same records. Pass a block of an ensemble study.',
    );
  }
  const table = <T>(
    make: (length: number) => T,
    set: (array: T, at: number, row: readonly number[]) => void,
  ) =>
    Array.from({ length: models }, (_, m) => {
      const array = make(n);
      for (let i = 0; i < n; i++) set(array, i, rows[m * n + i]);
      return array;
    });
  const numbers = (column: number): Float64Array[] =>
    table(
      (length) => new Float64Array(length),
      (array, at, row) => (array[at] = row[column]),
    );
  const members = table(
    (length) => new Uint8Array(length),
    (array, at, row) => (array[at] = Number(row[2])),
  );
  return { records, members, scaledLogits: numbers(3), hinges: numbers(4) };
}
