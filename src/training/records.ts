/** Records as the trainer takes them. */
export interface Records {
  /** Features, row-major [n, d]. */
  readonly x: Float32Array;
  /** True classes, [n]. */
  readonly y: Int32Array;
}
