/**
 * What an audit gives, and gates that decide on it.
 *
 * @module audits
 */
export type { Audit } from '../audit/audit';
export type {
  AuditedAttack,
  AuditedEvidence,
  AuditedLeakTest,
  AuditResult,
  AuditVerdict,
} from '../audit/audit-result';
export type { AuditSignalsOptions } from '../audit/audit-signals';
export { applyGate, checkGates, parseGate, type Gate, type GateOutcome } from '../audit/gate';
