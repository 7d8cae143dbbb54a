import type { StudyResult } from './study-result';

/**
 * A result as it is committed: without the losses of single records (exported blocks have them), numbers with six
 * significant digits.
 */
export function compactResult(result: StudyResult): StudyResult {
  const compact = JSON.parse(JSON.stringify(result, compacted)) as StudyResult;
  const defenses = compact.defenses.map((defense, i) => {
    const { options, recipe } = result.defenses[i];
    return { ...defense, options, recipe };
  });
  // What was chosen, not measured, keeps all digits.
  return { ...compact, settings: result.settings, model: result.model, defenses };
}

const losses = new Set(['memberLosses', 'nonMemberLosses']);

function compacted(name: string, value: unknown): unknown {
  if (losses.has(name)) return [];
  return typeof value === 'number' ? Number(value.toPrecision(6)) : value;
}
