import { UserError } from '../../errors';

/** Deeper than anything that is read here; readers go down by recursion. */
const deepest = 64;
const quote = 0x22;
const backslash = 0x5c;

/**
 * Parses JSON.
 *
 * @param what the file, for messages
 * @throws UserError if it is no JSON, a key stands twice in one object (parsers keep either), or lists and objects are
 *   nested more than 64 deep
 */
export function parseJson(text: string, what: string): unknown {
  refuseDepthAndTwins(text, what);
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw new UserError(`${what} is no JSON: ${(error as Error).message}. Correct it, or make it again.`);
  }
}

/** Goes over the text once; what is no JSON is left to the parser. */
function refuseDepthAndTwins(text: string, what: string): void {
  /** Keys of each open object; null for a list. */
  const open: (Set<string> | null)[] = [];
  let isKey = false;
  for (let i = 0; i < text.length; i++) {
    switch (text.charCodeAt(i)) {
      case 0x7b:
      case 0x5b:
        isKey = text[i] === '{';
        open.push(isKey ? new Set() : null);
        if (open.length > deepest) {
          throw new UserError(
            `${what} has lists and objects nested more than ${deepest} deep. Check that it is the right file.`,
          );
        }
        break;
      case 0x7d:
      case 0x5d:
        open.pop();
        isKey = false;
        break;
      case 0x2c:
        isKey = open[open.length - 1] instanceof Set;
        break;
      case quote: {
        const end = endOfText(text, i);
        if (isKey) addKey(open[open.length - 1], text.slice(i, end + 1), what);
        isKey = false;
        i = end;
      }
    }
  }
}

function endOfText(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === backslash) i++;
    else if (code === quote) return i;
  }
  return text.length;
}

function addKey(keys: Set<string> | null | undefined, literal: string, what: string): void {
  if (!keys) return;
  let key = literal;
  try {
    key = JSON.parse(literal) as string;
  } catch {
    // No JSON, which the parser says better.
  }
  if (keys.has(key)) {
    throw new UserError(
      `${what} has the key ${JSON.stringify(key)} twice in one object. Remove or rename one of them.`,
    );
  }
  keys.add(key);
}

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
