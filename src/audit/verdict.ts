import type { AuditedLeakTest, AuditVerdict, ShiftCheck } from './audit-result';

export interface Findings {
  readonly selfCheckPassed: boolean;
  readonly shift: ShiftCheck;
  readonly leakTest: AuditedLeakTest | null;
}

/** The answer as codes. It never says that a model is safe: absence of evidence comes with what would have been seen. */
export function verdict({ selfCheckPassed, shift, leakTest }: Findings): AuditVerdict {
  if (!selfCheckPassed) return { kind: 'self-check failed', because: 'self-check' };
  if (leakTest === null) return { kind: 'cannot tell', because: 'nothing ran' };
  if (shift.outcome === 'shift') return { kind: 'cannot tell', because: 'shift' };
  const { evidence, level } = leakTest;
  return { kind: evidence[0].correctedPValue < level ? 'leak' : 'no leak found', because: 'leak test' };
}
