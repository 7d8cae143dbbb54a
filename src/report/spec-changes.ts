/**
 * What turns one JSON value into another: a new value stands alone in a list, changes inside objects and lists stand
 * under their key or index. Undefined where both are equal. `page.js` applies it, so that a page holds the dark form of a
 * figure as its few other colors.
 */
export function specChanges(from: unknown, to: unknown): unknown {
  if (from === to) return undefined;
  if (!isNested(from) || !isNested(to) || !haveSameKeys(from, to)) return [to];
  const changes: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(to)) {
    const change = specChanges(from[key], value);
    if (change !== undefined) changes[key] = change;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}

type Nested = Record<string, unknown>;

function isNested(value: unknown): value is Nested {
  return typeof value === 'object' && value !== null;
}

function haveSameKeys(a: Nested, b: Nested): boolean {
  return Array.isArray(a) === Array.isArray(b) && Object.keys(a).join('\n') === Object.keys(b).join('\n');
}
