/** A number with its 95 % interval; `low` and `high` are null where no valid interval exists, and `method` says why. */
export interface Interval {
  readonly estimate: number;
  readonly low: number | null;
  readonly high: number | null;
  /** How the interval was made, in words, e.g. «Clopper-Pearson, cut fixed on the shadow model». */
  readonly method: string;
}
