import type { AuditedEvidence, AuditedLeakTest, AuditVerdict, ShiftCheck } from './audit-result';

export interface Findings {
  readonly selfCheckPassed: boolean;
  readonly shift: Pick<ShiftCheck, 'outcome'>;
  readonly leakTest: AuditedLeakTest | null;
  readonly maybeSwapped: boolean;
  /** Whether groups were dealt as a whole, and too few of them to tell anything. */
  readonly fewGroups: boolean;
  /** Whether the target answers every record alike, or no attack tells any two records apart. */
  readonly sameOutputs: boolean;
}

/**
 * From which AUC (or as far below one half), or share of members named at a false positive rate of 1 %, a leak counts as
 * medium or large. Only numbers that are themselves beyond chance count.
 */
export const sizeRule = {
  medium: { auc: 0.6, tpr: 0.05 },
  large: { auc: 0.75, tpr: 0.2 },
} as const;

/** The answer as codes. It never says that a model is safe: absence of evidence comes with what would have been seen. */
export function verdict({
  selfCheckPassed,
  shift,
  leakTest,
  maybeSwapped,
  fewGroups,
  sameOutputs,
}: Findings): AuditVerdict {
  const open = { size: null, side: null, maybeSwapped };
  if (!selfCheckPassed) return { kind: 'self-check failed', because: 'self-check', ...open };
  if (leakTest === null) return { kind: 'cannot tell', because: 'nothing ran', ...open };
  if (sameOutputs) return { kind: 'cannot tell', because: 'same outputs', ...open };
  if (fewGroups) return { kind: 'cannot tell', because: 'few groups', ...open };
  if (shift.outcome === 'shift') return { kind: 'cannot tell', because: 'shift', ...open };
  const beyondChance = leakTest.evidence.filter(({ correctedPValue: p }) => p < leakTest.level);
  if (beyondChance.length === 0) {
    const { auc, exposed } = leakTest.detectable;
    return auc === null && exposed === null
      ? { kind: 'cannot tell', because: 'few records', ...open }
      : { kind: 'no leak found', because: 'leak test', ...open };
  }
  return {
    kind: shift.outcome === 'not testable' ? 'told apart' : 'leak',
    because: 'leak test',
    size: sizeOf(beyondChance),
    side: beyondChance[0].side,
    maybeSwapped,
  };
}

function sizeOf(evidence: readonly AuditedEvidence[]): 'small' | 'medium' | 'large' {
  const reaches = ({ auc, tpr }: { readonly auc: number; readonly tpr: number }): boolean =>
    evidence.some(({ statistic, value: { estimate } }) =>
      statistic === 'auc' ? Math.max(estimate, 1 - estimate) >= auc : estimate >= tpr,
    );
  return reaches(sizeRule.large) ? 'large' : reaches(sizeRule.medium) ? 'medium' : 'small';
}
