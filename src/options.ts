import { z } from 'zod';
import { badInput, UserError } from './errors';

/**
 * Checks options against a zod schema and answers with one clear error: the value, the rule, the remedy.
 *
 * @param what whose options these are, e.g. «loss ccel»
 * @throws UserError that names the first offending option; an unknown one comes with the nearest known one
 */
export function parseOptions<Schema extends z.ZodTypeAny>(
  what: string,
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value ?? {});
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  if (issue.code === 'unrecognized_keys') {
    const known = schema instanceof z.ZodObject ? Object.keys(schema.shape) : [];
    throw unknownName(`option of ${what}`, issue.keys[0], known);
  }
  const path = issue.path.join('.');
  const found = issue.path.reduce<unknown>(
    (at, key) => (at as Record<string | number, unknown> | undefined)?.[key],
    value,
  );
  const rule = issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  throw badInput(
    path === '' ? what : `${what}: ${path}`,
    found,
    rule,
    'Correct it or leave it out for the default',
  );
}

/** The error for a name that nobody knows: lists the known ones and points at the nearest. */
export function unknownName(what: string, name: string, known: readonly string[]): UserError {
  const nearest = nearestName(name, known);
  const hint = nearest === undefined ? '' : ` Did you mean ${JSON.stringify(nearest)}?`;
  return new UserError(`${JSON.stringify(name)} is no ${what}.${hint} Known: ${shownNames(known)}.`);
}

const mostNames = 60;

function shownNames(known: readonly string[]): string {
  if (known.length <= mostNames) return known.join(', ');
  return `${known.slice(0, mostNames).join(', ')} and ${known.length - mostNames} more`;
}

/** The known name with the smallest edit distance, if it is close enough to be a slip (at most half of its letters). */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance && distance <= Math.max(1, candidate.length / 2)) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j] + 1, next[j - 1] + 1));
    }
    row = next;
  }
  return row[b.length];
}
