import { UserError } from '../errors';
import { blockId, type BlockSpec } from './block';
import type { FinishedModel } from './finished-block';
import type { PlannedModel } from './plan';
import type { Store } from './store';

/** Reads the models of runs from a store, each block once for all of its models. */
export class ModelReader {
  private last: { readonly id: string; readonly models: readonly FinishedModel[] } | undefined;

  constructor(private readonly store: Store) {}

  /** @throws UserError if a block is missing, e.g. removed since it was trained */
  read(wanted: readonly PlannedModel[]): FinishedModel[] {
    return wanted.map(({ block, place }) => this.block(block)[place]);
  }

  private block(spec: BlockSpec): readonly FinishedModel[] {
    const id = blockId(spec);
    if (this.last?.id === id) return this.last.models;
    const models = this.store.read(spec);
    if (models === null) {
      throw new UserError(
        `The block ${id} is not in the store ${this.store.folder} any more, or it is damaged. Run the study again: it is trained anew.`,
      );
    }
    this.last = { id, models };
    return models;
  }
}

/** A model's name in the keys of kept results: its block, and its place there. */
export function modelName({ block, place }: PlannedModel): string {
  return `${blockId(block)}/${place}`;
}
