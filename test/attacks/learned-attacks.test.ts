import { describe, expect, it } from 'vitest';
import type { Attack } from '../../src/attacks/attack';
import { forestFit } from '../../src/attacks/learners/forest';
import { knnFit, kthSmallest } from '../../src/attacks/learners/knn';
import { lessonOf } from '../../src/attacks/learners/lesson';
import { memorizingSet } from '../../src/attacks/memorizing-set';
import { mlpFit } from '../../src/attacks/learners/mlp';
import { posteriorFeatures } from '../../src/attacks/posterior-attacks';
import { attack } from '../../src/attacks/registry';
import { shadowData } from '../../src/attacks/shadow-models';
import { svmFit } from '../../src/attacks/learners/svm';
import { randomStream } from '../../src/platform/math/random';
import { aucEstimate } from '../../src/metrics/auc';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { fixture, largestError, learnedAtOnce, setOf } from './learned-fixture';
import { attackNoteWords } from '../../src/wording';

const context = { seed: 1 };
const set = setOf(fixture, fixture.groups);
const atOnce = learnedAtOnce(set);
const area = (attack: Attack, on = set): number =>
  aucEstimate(attack.scores(on, context).scores, on.members[on.target]);

describe('attackers with one right answer, against scikit-learn', () => {
  it('logistic regression: decision values to 1e-6', () => {
    const { scores } = attack('logistic-regression').scores(atOnce, context);
    expect(largestError(scores, fixture.logistic)).toBeLessThan(1e-6);
  });

  it('nearest neighbors: the same shares', () => {
    const { scores } = attack('knn').scores(atOnce, context);
    expect(largestError(scores, fixture.knn)).toBeLessThan(1e-12);
  });

  it('support vector machine: decision values to 1e-6 where both solve to 1e-9, to 5e-3 as the attack does', () => {
    const { width } = fixture;
    const rows = { n: fixture.pooled.length / width, width, values: Float64Array.from(fixture.pooled) };
    const members = Uint8Array.from(fixture.members.slice(1).flat());
    const decide = svmFit(lessonOf(rows, members, rows.n, 1), { c: 1, tolerance: 1e-9 });
    const asked = { n: fixture.asked.length / width, width, values: Float64Array.from(fixture.asked) };
    expect(largestError(decide(asked), fixture.svm)).toBeLessThan(1e-6);
    expect(largestError(attack('svm').scores(atOnce, context).scores, fixture.svm)).toBeLessThan(5e-3);
  });
});

describe('attackers with random parts, by their AUC beside scikit-learn on the same records', () => {
  const { quality } = fixture;
  const on = learnedAtOnce(setOf(quality));
  const features = { sorted: false, label: 'one-hot' } as const;

  it('members of half of the classes look uncertain there, so that a score alone finds little', () => {
    expect(area(attack('loss'), on)).toBeLessThan(quality.areas.nn.mean - 0.05);
  });

  it('network', () => {
    expect(
      Math.abs(area(attack('nn', { ...features, epochs: 30 }), on) - quality.areas.nn.mean),
    ).toBeLessThan(0.025);
  });

  it('random forest', () => {
    const own = area(attack('random-forest', features), on);
    expect(Math.abs(own - quality.areas['random-forest'].mean)).toBeLessThan(0.025);
  });

  it('support vector machine', () => {
    expect(area(attack('svm', features), on)).toBeCloseTo(quality.areas.svm.mean, 3);
  });
});

describe('the parts of learned attackers', () => {
  it('a network learns what no line separates', () => {
    const values = Float64Array.from([0, 0, 0, 1, 1, 0, 1, 1]);
    const members = Uint8Array.of(0, 1, 1, 0);
    const rows = { n: 4, width: 2, values };
    const scores = mlpFit(
      { rows, members },
      { hidden: [16], epochs: 400, batch: 4, rate: 0.02, seed: 2 },
    )(rows);
    expect(Array.from(scores, (score) => (score > 0 ? 1 : 0))).toEqual([0, 1, 1, 0]);
  });

  it('a forest splits where the members are', () => {
    const values = Float64Array.from({ length: 40 }, (_, i) => i);
    const members = Uint8Array.from(values, (x) => (x >= 13 && x < 27 ? 1 : 0));
    const rows = { n: 40, width: 1, values };
    const share = forestFit({ rows, members }, { trees: 50, leaf: 1, cuts: 255, seed: 1 });
    const asked = share({ n: 3, width: 1, values: Float64Array.of(5, 20, 35) });
    expect(asked[0]).toBeLessThan(0.1);
    expect(asked[1]).toBeGreaterThan(0.9);
    expect(asked[2]).toBeLessThan(0.1);
  });

  it('neighbors at the same distance share the places that are left', () => {
    // From 0, a member and a non-member are at 1, and four records at 2, three of them members; two places are left for them.
    const rows = { n: 6, width: 1, values: Float64Array.of(1, -1, -2, 2, 2, -2) };
    const members = Uint8Array.of(1, 0, 1, 1, 0, 1);
    const share = knnFit({ rows, members }, 4)({ n: 1, width: 1, values: Float64Array.of(0) });
    expect(share[0]).toBeCloseTo((1 + (2 * 3) / 4) / 4, 12);
    expect(() => knnFit({ rows, members }, 7)).toThrow(/k is 7, but must be a whole number from 1 to the 6/);
  });

  it('selection finds what sorting finds, with ties', () => {
    const stream = randomStream({ seed: 5, role: 'evaluation', purpose: 'synthetic' });
    for (let round = 0; round < 50; round++) {
      const values = Float64Array.from({ length: 1 + stream.below(30) }, () => stream.below(8));
      const sorted = Float64Array.from(values).sort();
      for (let k = 1; k <= values.length; k++) expect(kthSmallest(values.slice(), k)).toBe(sorted[k - 1]);
    }
  });

  it('a lesson is the same whatever the order, and a part of it keeps both sides', () => {
    const n = 60;
    const stream = randomStream({ seed: 6, role: 'evaluation', purpose: 'synthetic' });
    const values = Float64Array.from({ length: 2 * n }, () => stream.below(4));
    const members = Uint8Array.from({ length: n }, (_, i) => (i % 15 === 0 ? 1 : 0));
    const order = stream.permutation(n);
    const mixed = {
      values: Float64Array.from({ length: 2 * n }, (_, at) => values[2 * order[at >> 1] + (at % 2)]),
      members: Uint8Array.from(order, (i) => members[i]),
    };
    const lesson = lessonOf({ n, width: 2, values }, members, 20, 9);
    expect(lessonOf({ n, width: 2, values: mixed.values }, mixed.members, 20, 9)).toEqual(lesson);
    expect(lesson.members.reduce((sum, flag) => sum + flag, 0)).toBe(1);
    expect(lesson.members.length).toBe(19);
    expect(() => lessonOf({ n, width: 2, values }, new Uint8Array(n), 20, 9)).toThrow(
      /members and non-members/,
    );
  });

  it('features: sorted or not, cut off, with the label in two forms', () => {
    const signals = set.model(0);
    const all = { outputs: 'probabilities', sorted: true, top: 2, label: 'one-hot' } as const;
    const { width, values } = posteriorFeatures(signals, all);
    expect(width).toBe(2 + 4);
    expect(values[0]).toBeGreaterThanOrEqual(values[1]);
    expect(Array.from(values.subarray(2, 6)).indexOf(1)).toBe(fixture.labels[0]);
    const unsorted = posteriorFeatures(signals, { ...all, outputs: 'logits', sorted: false, label: 'none' });
    expect(Array.from(unsorted.values)).toEqual(fixture.logits[0]);
  });

  it('the shadow utility pools models and never the target', () => {
    const data = shadowData(set);
    expect(data.n).toBe(160);
    expect([...new Set(data.models)]).toEqual([1, 2]);
    expect(data.records[85]).toBe(5);
    expect(data.members[85]).toBe(fixture.members[2][5]);
    expect(data.logits[85 * 4]).toBe(fixture.logits[2][20]);
    expect(() => shadowData(set, { models: [0] })).toThrow(/not the target 0/);
  });
});

describe('fits on the target', () => {
  const names = ['nn', 'logistic-regression', 'random-forest', 'svm', 'knn'] as const;

  it.each(names)('%s is called the upper bound, and without a signal stays at one half', (name) => {
    const made = attack(name, { fittedOn: 'target' });
    expect(made.fittedOn).toBe('target');
    expect(made.title).toContain("auditor's upper bound");
    expect(made.needs).toEqual([]);
    // Members are drawn anew, so that a fit that had seen the scored records would find them all the same.
    const stream = randomStream({ seed: 3, role: 'evaluation', purpose: 'permutation' });
    const areas = Array.from({ length: 6 }, () => {
      const order = stream.permutation(set.n);
      const members = Uint8Array.from(order, (i) => fixture.members[0][i]);
      const other = memorySignalSet({
        labels: fixture.labels,
        members: [members],
        logits: [Float64Array.from(fixture.logits[0])],
      });
      const { scores, cuts, notes } = made.scores(other, context);
      expect(cuts).toBeUndefined();
      expect(notes.map(attackNoteWords).join()).toContain('scored once');
      return aucEstimate(scores, members);
    });
    // Six independent shuffles: the deviation of their mean is .065 / sqrt(6) = .027.
    const middle = areas.reduce((sum, value) => sum + value, 0) / areas.length;
    expect(Math.abs(middle - 0.5)).toBeLessThan(0.1);
  });

  it('find nothing in membership without meaning: the mean over 60 shuffles is not above one half', () => {
    const made = attack('knn', { fittedOn: 'target' });
    const stream = randomStream({ seed: 4, role: 'evaluation', purpose: 'permutation' });
    const areas = Array.from({ length: 60 }, () => {
      const members = Uint8Array.from(stream.permutation(set.n), (i) => fixture.members[0][i]);
      const logits = [Float64Array.from(fixture.logits[0])];
      const other = memorySignalSet({ labels: fixture.labels, members: [members], logits });
      return aucEstimate(made.scores(other, context).scores, members);
    });
    const middle = areas.reduce((sum, value) => sum + value, 0) / areas.length;
    // The deviation of the mean is about .008; cross-validation lies a little below one half, dealing by place lay at .55.
    expect(middle).toBeLessThan(0.525);
    expect(middle).toBeGreaterThan(0.44);
  });

  it('outputs that are all alike say nothing, and no attacker fails on them', () => {
    const members = [0, 1, 2].map((m) => Uint8Array.from({ length: 30 }, (_, i) => (i + m) % 2));
    const alike = memorySignalSet({
      labels: new Int32Array(30),
      members,
      logits: members.map(() => new Float64Array(90)),
    });
    for (const name of names) {
      for (const fittedOn of ['shadow models', 'target'] as const) {
        const { scores } = attack(name, { fittedOn }).scores(alike, context);
        expect(new Set(scores).size, `${name} ${fittedOn}`).toBe(1);
        expect(Number.isFinite(scores[0])).toBe(true);
      }
    }
  });
});

describe('what learned attackers are told', () => {
  it('where no model can serve as a shadow the error says what to do', () => {
    const alone = memorySignalSet({
      labels: fixture.labels,
      members: [fixture.members[0]],
      logits: [Float64Array.from(fixture.logits[0])],
    });
    expect(() => attack('nn').scores(alone, context)).toThrow(/learns from at least one/);
  });

  it('stops when asked', () => {
    for (const fittedOn of ['shadow models', 'target'] as const) {
      expect(() => attack('knn', { fittedOn }).scores(set, { seed: 1, signal: AbortSignal.abort() })).toThrow(
        /knn.* was interrupted/,
      );
    }
  });

  it('another seed gives another network, the same seed the same bits', () => {
    const toy = memorizingSet(2);
    const made = attack('nn', { epochs: 2 });
    const [a, b, c] = [1, 1, 2].map((seed) => made.scores(toy, { seed }).scores);
    expect(b).toEqual(a);
    expect(c).not.toEqual(a);
  });
});
