import { describe, expect, it } from 'vitest';
import { lacks, present } from '../../src/audit/lacks';
import { attack, auditAttacks } from '../../src/attacks/registry';
import { memorizingSet } from '../../src/attacks/memorizing-set';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { joined } from '../../src/platform/math/joined';
import type { SignalSet } from '../../src/signals/signal-set';

const n = 72;

/** The first 72 records of the memorizing models: 6 classes with 12 records each. */
function small(): SignalSet {
  const set = memorizingSet(4);
  const all = Array.from({ length: set.models }, (_, m) => m);
  const { classes, augmented, population, groups, gradientNorms, trajectory } = set;
  return memorySignalSet({
    labels: set.labels.slice(0, n),
    members: set.members.map((row) => row.slice(0, n)),
    logits: all.map((m) => Float64Array.from(set.model(m).logits.subarray(0, n * classes))),
    augmented: {
      copies: augmented!.copies,
      logits: all.map((m) =>
        Float64Array.from(augmented!.model(m).subarray(0, n * augmented!.copies * classes)),
      ),
    },
    population: {
      labels: population!.labels,
      logits: joined(
        Float64Array,
        all.map((m) => Float64Array.from(population!.model(m))),
      ),
    },
    groups: groups!.slice(0, n),
    gradientNorms: { kinds: 1, values: gradientNorms!.values.slice(0, n) },
    trajectory: { epochs: 2, logits: trajectory!.logits.slice(0, n * 2 * classes) },
  });
}

const set = small();
const holds = present(set);

describe('every attack on 72 records', () => {
  it('that an audit runs gives each record a number, or says which have none', () => {
    const ran = auditAttacks().filter((attack) => lacks(attack, holds) === null);
    expect(ran.length).toBeGreaterThan(50);
    for (const attack of ran) {
      const { scores, usable, cuts } = attack.scores(set, { seed: 3 });
      expect(scores, attack.name).toHaveLength(n);
      scores.forEach((score, i) => {
        if (usable?.[i] !== 0) expect(Number.isNaN(score), `${attack.name}, record ${i}`).toBe(false);
      });
      if (cuts !== undefined) expect(cuts, attack.name).toHaveLength(n);
    }
  });

  it('that a file cannot serve is named with what it lacks', () => {
    const missing = auditAttacks().flatMap((attack) => {
      const found = lacks(attack, holds);
      return found === null ? [] : [`${attack.name}: ${found.lacks.join()}`];
    });
    expect(missing).toEqual(['boundary: query', 'random-noise: query']);
    const reason = lacks(attack('boundary'), holds)!.reason;
    expect(reason).toContain('asks the model for the labels');
  });

  it('states what it is: title, formula, reference, threat model, cost', () => {
    const names = new Set<string>();
    for (const attack of auditAttacks()) {
      expect(names.has(attack.name), `${attack.name} twice`).toBe(false);
      names.add(attack.name);
      const { title, formula, reference, threatModel, cost, fittedOn } = attack;
      for (const words of [title, formula, reference, threatModel, cost.queries, cost.models]) {
        expect(words.length, attack.name).toBeGreaterThan(2);
      }
      if (fittedOn === 'target') expect(title, attack.name).toContain("auditor's upper bound");
    }
  });

  it('refuses options that it does not have', () => {
    expect(() => attack('knn', { neighbours: 3 } as never)).toThrow(
      /"neighbours" is no option of attack knn/,
    );
    expect(() => attack('svm', { c: 0 })).toThrow(/attack svm: c is 0, but must be above 0/);
  });
});
