import { describe, expect, it } from 'vitest';
import { epsilonBounds } from '../../src/audit/epsilon-bounds';
import { attack } from '../../src/attacks/registry';
import { memorySignalSet } from '../../src/signals/memory-signal-set';

/** M models and n records; a canary at record 0 that its models know by heart. */
function canarySet(models: number, canaries: readonly number[] | undefined) {
  const n = 8;
  const members = Array.from({ length: models }, (_, m) =>
    Uint8Array.from({ length: n }, (_v, i) => (m + i) % 2),
  );
  return memorySignalSet({
    labels: Array.from({ length: n }, (_, i) => i % 2),
    members,
    logits: members.map((row, m) =>
      Float64Array.from({ length: 2 * n }, (_, at) =>
        at % 2 === Math.floor(at / 2) % 2 ? 4 * row[Math.floor(at / 2)] + m / 1000 : 0,
      ),
    ),
    ...(canaries ? { canaries } : {}),
  });
}

const bounds = (models: number, canaries?: readonly number[]) => {
  const set = canarySet(models, canaries);
  const made = attack('scaled-logit');
  return epsilonBounds(set, [{ attack: made, found: made.scores(set, { seed: 1 }) }], 1e-5, 1);
};

describe('bounds of epsilon in an audit', () => {
  it('are null with the reason where they would be no bounds', () => {
    for (const { epsilon, reason, delta } of bounds(4)) {
      expect(epsilon).toBeNull();
      expect(reason.length).toBeGreaterThan(20);
      expect(delta).toBe(1e-5);
    }
    expect(bounds(40, [1, 1, 0, 0, 0, 0, 0, 0])[2].reason).toMatch(/exactly one canary .* there are 2/);
  });

  it('of 40 models that know their one canary by heart is what Clopper-Pearson gives on the half that judges', () => {
    const { epsilon, attack } = bounds(40, [1, 0, 0, 0, 0, 0, 0, 0])[2];
    // 10 of 10 and 0 of 10: TPR at least .6915, FPR at most .3085 with 2.5 % of error each.
    expect(epsilon).toBeCloseTo(Math.log((0.691503 - 1e-5) / 0.308497), 3);
    expect(attack).toBe('scaled-logit');
  });
});
