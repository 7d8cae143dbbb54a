import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { lossAtEachEpoch } from '../../src/attacks/trajectory';
import { memorizingSet } from '../../src/attacks/memorizing-set';
import { liraVariants } from '../../src/attacks/lira';
import { rmiaVariants } from '../../src/attacks/rmia';
import { attack } from '../../src/attacks/registry';
import { aucEstimate } from '../../src/metrics/auc';
import { rocCurve } from '../../src/metrics/roc';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import type { SignalSet } from '../../src/signals/signal-set';
import { attackNoteWords } from '../../src/wording';

const context = { seed: 1 };

function halves(models: number, n: number): Uint8Array[] {
  return Array.from({ length: models }, (_, m) => Uint8Array.from({ length: n }, (_v, i) => (m + i) % 2));
}

/** One target and one shadow model of three classes; the shadow model has no non-members of class 2. */
function oneShadow(): SignalSet {
  const labels = Int32Array.from({ length: 30 }, (_, i) => i % 3);
  const members = [
    Uint8Array.from(labels, (_, i) => (i % 2 === 0 ? 1 : 0)),
    Uint8Array.from(labels, (label, i) => (label === 2 || i % 2 === 1 ? 1 : 0)),
  ];
  return memorySignalSet({
    labels,
    members,
    logits: members.map((row, m) =>
      Float64Array.from({ length: 90 }, (_, at) => {
        const i = Math.floor(at / 3);
        return at % 3 === labels[i] ? 1 + 2 * row[i] + ((i * 7 + m) % 11) / 10 : 0;
      }),
    ),
  });
}

describe('one shadow model', () => {
  it('is enough for quantile regression, with the global quantile for a class without known non-members', () => {
    const set = oneShadow();
    const { scores, notes, cuts } = attack('quantile-regression').scores(set, context);
    expect(scores.every(Number.isFinite)).toBe(true);
    expect(notes.map(attackNoteWords).join()).toContain('on the class alone');
    expect(notes.map(attackNoteWords).join()).toContain('without known non-members: 2');
    expect(aucEstimate(scores, set.members[0])).toBeGreaterThan(0.9);
    // The cut aims at 5 % of the non-members.
    const wrong = scores.filter((score, i) => set.members[0][i] === 0 && score >= cuts![i]).length;
    expect(wrong).toBeLessThanOrEqual(2);
  });

  it('is enough for the likelihood ratio, which says which class has the global cut', () => {
    const { notes } = attack('likelihood-ratio').scores(oneShadow(), context);
    expect(notes.map(attackNoteWords).join()).toContain('2 (no non-member)');
  });

  it('as coded, confident records tie; exactly, they do not', () => {
    const labels = new Int32Array(8);
    const members = halves(2, 8);
    const set = memorySignalSet({
      labels,
      members,
      logits: members.map((row) => Float64Array.from([...row].flatMap((flag, i) => [60 + 5 * i + flag, 0]))),
    });
    const distinct = (form: 'exact' | 'as-coded') =>
      new Set(attack('likelihood-ratio', { form }).scores(set, context).scores).size;
    expect(distinct('exact')).toBe(8);
    expect(distinct('as-coded')).toBe(1);
  });
});

describe('attacks that should agree', () => {
  it('BASE online and RMIA with gamma 1 rank alike where records have as many in- as out-models', () => {
    const n = 40;
    const members = halves(9, n);
    const labels = new Int32Array(n);
    const set = memorySignalSet({
      labels,
      members,
      logits: members.map((row, m) =>
        Float64Array.from([...row].flatMap((flag, i) => [((i * 37 + m * 11) % 17) / 4 + flag, 0])),
      ),
      population: {
        labels: new Int32Array(4000),
        logits: members.map((_, m) =>
          Float64Array.from({ length: 8000 }, (_v, at) =>
            at % 2 === 0 ? ((at * 13 + m * 1009) % 4001) / 500 : 0,
          ),
        ),
      },
    });
    const base = attack('base').scores(set, context).scores;
    const rmia = attack('rmia', { gamma: 1 }).scores(set, context).scores;
    const order = Array.from(base.keys()).sort((a, b) => base[a] - base[b]);
    for (let k = 1; k < n; k++) expect(rmia[order[k]]).toBeGreaterThanOrEqual(rmia[order[k - 1]]);
    expect(new Set(rmia).size).toBeGreaterThan(15);
  });

  it('attack R by share and interpolated: the same side of every reference loss', () => {
    const set = memorizingSet(4);
    const share = attack('attack-r', { quantile: 'share' }).scores(set, context).scores;
    const linear = attack('attack-r').scores(set, context).scores;
    share.forEach((score, i) => {
      if (score === 1) expect(linear[i]).toBe(1);
      if (score === 0) expect(linear[i]).toBe(0);
    });
    expect(new Set(linear).size).toBeGreaterThan(new Set(share).size);
  });

  it('a monotone change of a score leaves ROC and AUC as they are, for every attack on reference models', () => {
    const set = memorizingSet(6);
    const members = set.members[0];
    const names = ['attack-r', 'base', 'difficulty-calibration', 'likelihood-ratio', 'population'] as const;
    const all = [
      ...names.map((name) => attack(name)),
      ...liraVariants.map((options) => attack('lira', options)),
      ...rmiaVariants.map((options) => attack('rmia', options)),
    ];
    for (const attack of all) {
      const { scores, usable } = attack.scores(set, context);
      expect(usable, attack.name).toBeUndefined();
      // Ranks of the scores under a strictly increasing function, without rounding: their places in order.
      const sorted = [...new Set(scores)].sort((a, b) => a - b);
      const place = new Map(sorted.map((score, at) => [score, at ** 3 - 5]));
      const changed = scores.map((score) => place.get(score) ?? NaN);
      expect(aucEstimate(changed, members), attack.name).toBe(aucEstimate(scores, members));
      const [a, b] = [rocCurve(scores, members), rocCurve(changed, members)];
      expect([b.tpr, b.fpr], attack.name).toEqual([a.tpr, a.fpr]);
    }
  });
});

describe('RMIA', () => {
  it('gives shares c / L for members and non-members alike: with gamma near 0 everyone has 1, with a huge one 0', () => {
    const set = memorizingSet(2);
    const without = { ...set, population: undefined };
    delete without.population;
    for (const own of [set, without]) {
      const at = (gamma: number) =>
        new Set(attack('rmia', { gamma }).scores(own as SignalSet, context).scores);
      expect([...at(1e-12)]).toEqual([1]);
      expect([...at(1e12)]).toEqual([0]);
    }
  });

  it('offline with a = 1 compares with the out-models alone', () => {
    const set = memorizingSet(2);
    const one = attack('rmia', { online: false, a: 1, gamma: 1 }).scores(set, context).scores;
    const base = attack('base', { online: false, scale: 1 }).scores(set, context).scores;
    const order = Array.from(base.keys()).sort((x, y) => base[x] - base[y]);
    for (let k = 1; k < order.length; k++) expect(one[order[k]]).toBeGreaterThanOrEqual(one[order[k - 1]]);
  });
});

describe('trajectories', () => {
  const set = memorizingSet(1);

  it('give one score an epoch, and their mean', () => {
    const each = lossAtEachEpoch(set);
    expect(each.length).toBe(set.trajectory?.epochs);
    expect(attack('epoch-loss', { epoch: 2 }).scores(set, context).scores).toEqual(each[1]);
    const mean = attack('epoch-loss').scores(set, context).scores;
    expect(mean[7]).toBeCloseTo((each[0][7] + each[1][7]) / 2, 12);
    expect(() => attack('epoch-loss', { epoch: 3 }).scores(set, context)).toThrow(/the trajectory has 2/);
  });

  it.each(['loss-trajectory', 'seqmia'] as const)(
    "%s without a shadow model is the auditor's upper bound",
    (name) => {
      const made = attack(name);
      expect(made.fittedOn).toBe('target');
      expect(made.name).toBe(`${name}/upper-bound`);
      const { scores } = made.scores(set, context);
      expect(aucEstimate(scores, set.members[0])).toBeGreaterThan(0.95);
    },
  );

  it('out-of-fold scores of records without any trace stay near chance', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 100 }), (seed) => {
        const n = 300;
        const noise = memorizingSet(seed);
        const logits = Float64Array.from(
          { length: n * 6 },
          (_, at) => noise.model(0).logits[(at * 7) % 1440],
        );
        const blank = memorySignalSet({
          labels: Int32Array.from({ length: n }, (_, i) => i % 3),
          members: [Uint8Array.from({ length: n }, (_, i) => (i * 7 + (i >> 3)) % 2)],
          logits: logits.slice(0, n * 3),
          trajectory: { epochs: 1, logits: logits.slice(n * 3) },
        });
        const area = aucEstimate(attack('seqmia').scores(blank, context).scores, blank.members[0]);
        expect(Math.abs(area - 0.5)).toBeLessThan(0.2);
      }),
      { numRuns: 3, seed: 1 },
    );
  });

  it('refuses a shadow trajectory of another shape', () => {
    const final = set.model(1);
    const shadow = { epochs: 3, logits: new Float64Array(3 * final.logits.length), final };
    expect(() => attack('loss-trajectory', { shadow }).scores(set, context)).toThrow(
      /must be those of the target/,
    );
  });
});
