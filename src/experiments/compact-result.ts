import type { StudyResult } from './study-result';

/**
 * A result as it is committed: without the losses of single records (exported blocks have them), numbers with six
 * significant digits.
 */
export function compactResult(result: StudyResult): StudyResult {
  return JSON.parse(JSON.stringify(result, compacted)) as StudyResult;
}

const losses = new Set(['memberLosses', 'nonMemberLosses']);

function compacted(name: string, value: unknown): unknown {
  if (losses.has(name)) return [];
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
