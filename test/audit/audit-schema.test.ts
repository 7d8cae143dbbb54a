import Ajv from 'ajv';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { attack } from '../../src/attacks/registry';
import { auditWith } from '../../src/audit/audit';
import { auditSchema } from '../../src/audit/audit-result';
import { applyGate, type AuditJson, parseGate } from '../../src/audit/gate';
import { projectRoot } from '../../src/paths';
import { thisProgram } from '../../src/provenance';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { hostileAudit } from '../report/sample-audit';

const schema = JSON.parse(readFileSync(join(projectRoot, 'docs', 'audit.schema.json'), 'utf8')) as object;
const validate = new Ajv({ allErrors: true }).compile(schema);

/** As the command writes it: what is infinite or no number becomes null. */
function faults(json: unknown): string[] {
  validate(JSON.parse(JSON.stringify(json)));
  return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
}

describe('the JSON Schema of an audit', () => {
  const gates = ['auc>0.9', 'tpr@0.01>0.5', 'epsilon>1', 'verdict=leak'].map(parseGate);
  const withGates = (result: ReturnType<typeof hostileAudit>): AuditJson => ({
    ...result,
    program: thisProgram(),
    gates: gates.map((gate) => ({ ...applyGate(gate, result), gate: gate.text })),
  });

  it('holds for a full audit with gates, and names its version', () => {
    const full = withGates(hostileAudit());
    expect(faults(full)).toEqual([]);
    expect(JSON.stringify(schema)).toContain(`"const":"${auditSchema}"`);
    expect(faults({ ...full, more: 1 })).not.toEqual([]);
    expect(faults({ ...full, verdict: { ...full.verdict, kind: 'safe' } })).not.toEqual([]);
  });

  it('holds for one member and one non-member, with what can not be measured null', () => {
    const set = memorySignalSet({
      ...{ labels: [0, 1], members: [Uint8Array.of(1, 0)], logits: [Float64Array.of(2, 0, 0, 1)] },
    });
    const attacks = ['loss', 'entropy', 'correctness', 'lira'].map((name) => attack(name as 'loss'));
    const { result } = auditWith(set, { attacks, selfCheck: { passed: true, items: [] }, records: false });
    expect(faults(withGates(result))).toEqual([]);
  });
});
