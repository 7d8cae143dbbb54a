import type { ImageShape } from './dataset';

/** A feature of a user's data set: a column as it is, or one category of a column. */
export interface FeatureColumn {
  readonly name: string;
  /** `binary` if all of its values are 0 or 1. */
  readonly kind: 'number' | 'binary' | 'category';
  /** The category whose indicator (0 or 1) this is. */
  readonly category?: string;
}

/** What every reader of user files gives. */
export interface UserContent {
  readonly x: Uint8Array | Float32Array;
  readonly y: Int32Array;
  readonly classNames: readonly string[];
  readonly columns?: readonly FeatureColumn[];
  readonly image?: ImageShape;
}
