/** One place at which two JSON values differ. */
export interface Difference {
  /** Path of keys, e.g. recipe.epochs. */
  readonly path: string;
  /** undefined where it is absent. */
  readonly a: unknown;
  readonly b: unknown;
}

/** All places at which two JSON values differ, in the order of their keys; arrays are compared as a whole. */
export function jsonDifferences(a: unknown, b: unknown, path = ''): Difference[] {
  if (isObject(a) && isObject(b)) {
    const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();
    return keys.flatMap((key) => jsonDifferences(a[key], b[key], path === '' ? key : `${path}.${key}`));
  }
  return JSON.stringify(a) === JSON.stringify(b) ? [] : [{ path, a, b }];
}

/** True for what JSON writes in braces. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
