import { memorizingSet } from '../../src/attacks/memorizing-set';
import { audit } from '../../src/audit/audit-signals';
import type { AuditResult } from '../../src/audit/audit-result';
import type { SignalSet } from '../../src/signals/signal-set';

/** What a file or a group may be named by somebody who means harm. */
const hostile = `"><img src=x onerror=alert(1)></script><script>alert(2)</script><a href="javascript:alert(3)">x</a>`;

/** An audit of models that memorize (synthetic), with harmful text in every field that comes from outside. */
export function hostileAudit(): AuditResult {
  const set = memorizingSet(2);
  const named: SignalSet = {
    ...set,
    groups: Array.from({ length: set.n }, (_, i) => (i % 2 === 0 ? hostile : 'plain')),
    files: [{ name: hostile, bytes: 1, sha256: hostile, models: 12 }],
    notes: [{ code: 'array not used', file: hostile, array: hostile }],
  };
  return audit(named, {
    attacks: 'loss,rmia-online,attack-r,entropy',
    command: hostile,
    version: hostile,
    synthetic: true,
  }).result;
}
