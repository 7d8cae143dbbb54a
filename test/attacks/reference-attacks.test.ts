import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LiraOptions } from '../../src/attacks/lira';
import type { RmiaOptions } from '../../src/attacks/rmia';
import { attack, type AttackOptions } from '../../src/attacks/registry';
import type { AttackScores } from '../../src/attacks/attack';
import type { ShadowTrajectory } from '../../src/attacks/trajectory';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { logNormalCdf } from '../../src/platform/math/distributions';
import { loss } from '../../src/losses/registry';
import { aucEstimate } from '../../src/metrics/auc';
import { trueClassProbabilities, modelRow } from '../../src/signals/statistics';
import { learnedAtOnce } from './learned-fixture';

type Scores = (number | null)[];

interface Fixture {
  readonly labels: number[];
  readonly members: number[][];
  readonly logits: number[][];
  readonly classes: number;
  readonly copies: number;
  readonly augmented: number[][];
  readonly populationLabels: number[];
  readonly populationLogits: number[][];
  readonly epochs: number;
  readonly trajectory: number[];
  readonly shadow: { labels: number[]; members: number[]; trajectory: number[]; final: number[] };
  readonly lira: { options: LiraOptions; scores: Scores }[];
  readonly rmia: { options: RmiaOptions; population: boolean; scores: Scores }[];
  readonly base: { options: AttackOptions<'base'>; scores: Scores }[];
  readonly attackR: { share: Scores; linear: Scores };
  readonly difficultyCalibration: Scores;
  readonly population: number[];
  readonly quantileRegression: { options: AttackOptions<'quantile-regression'>; scores: Scores }[];
  readonly likelihoodRatio: Record<'exact' | 'as-coded', number[]>;
  readonly epochLoss: number[];
  readonly lossTrajectory: number[];
  readonly seqmia: number[];
  readonly logNormalCdf: [number, number][];
}

const fixture = JSON.parse(
  readFileSync(join(__dirname, '..', 'fixtures', 'attacks', 'reference-attacks.json'), 'utf8'),
) as Fixture;

const rows = (list: readonly (readonly number[])[]): Float64Array[] =>
  list.map((row) => Float64Array.from(row));

function signals(population: boolean) {
  return memorySignalSet({
    labels: fixture.labels,
    members: fixture.members,
    logits: rows(fixture.logits),
    classes: fixture.classes,
    augmented: { copies: fixture.copies, logits: rows(fixture.augmented) },
    trajectory: { epochs: fixture.epochs, logits: Float64Array.from(fixture.trajectory) },
    ...(population
      ? { population: { labels: fixture.populationLabels, logits: rows(fixture.populationLogits) } }
      : {}),
  });
}

function shadowTrajectory(): ShadowTrajectory {
  const { labels, members, trajectory, final } = fixture.shadow;
  return {
    epochs: fixture.epochs,
    logits: Float64Array.from(trajectory),
    final: {
      n: labels.length,
      classes: fixture.classes,
      logits: Float64Array.from(final),
      labels: Int32Array.from(labels),
      members: Uint8Array.from(members),
    },
  };
}

const context = { seed: 1 };

/** Compares with an independent computation; null there means that the record has no meaningful score. */
function expectScores({ scores, usable }: AttackScores, wanted: readonly (number | null)[]): void {
  wanted.forEach((score, i) => {
    if (score === null) expect(usable?.[i], `record ${i} should be left out`).toBe(0);
    else {
      expect(usable?.[i] ?? 1, `record ${i} should count`).toBe(1);
      expect(Math.abs(scores[i] - score), `record ${i}: ${scores[i]} and ${score}`).toBeLessThan(
        1e-6 * Math.max(1, Math.abs(score)),
      );
    }
  });
}

describe('attacks on many models against numpy and scipy', () => {
  it.each(fixture.lira)('LiRA $options', ({ options, scores }) => {
    expectScores(attack('lira', options).scores(signals(false), context), scores);
  });

  it.each(fixture.rmia)('RMIA $options, population $population', ({ options, population, scores }) => {
    expectScores(attack('rmia', options).scores(signals(population), context), scores);
  });

  it.each(fixture.base)('BASE $options', ({ options, scores }) => {
    expectScores(attack('base', options).scores(signals(false), context), scores);
  });

  it.each(fixture.quantileRegression)(
    'quantile regression $options against linprog',
    ({ options, scores }) => {
      const found = attack('quantile-regression', options).scores(signals(true), context);
      expectScores(found, scores);
      expect(found.cuts?.every((cut) => cut === 0)).toBe(true);
    },
  );

  it.each(['share', 'linear'] as const)('attack R, quantile by %s', (quantile) => {
    expectScores(attack('attack-r', { quantile }).scores(signals(false), context), fixture.attackR[quantile]);
  });

  it.each(['exact', 'as-coded'] as const)('likelihood ratio with one shadow model, %s', (form) => {
    expectScores(
      attack('likelihood-ratio', { form }).scores(learnedAtOnce(signals(false)), context),
      fixture.likelihoodRatio[form],
    );
  });

  it('difficulty calibration, attack P, loss over epochs', () => {
    const set = signals(true);
    expectScores(attack('difficulty-calibration').scores(set, context), fixture.difficultyCalibration);
    expectScores(attack('population').scores(set, context), fixture.population);
    expectScores(attack('epoch-loss').scores(set, context), fixture.epochLoss);
  });

  it('loss trajectory and SeqMIA, fitted on a shadow model, against scikit-learn', () => {
    const shadow = shadowTrajectory();
    const set = signals(false);
    expectScores(attack('loss-trajectory', { shadow }).scores(set, context), fixture.lossTrajectory);
    expectScores(attack('seqmia', { shadow }).scores(set, context), fixture.seqmia);
  });

  it('ln Phi keeps twelve digits far in both tails', () => {
    for (const [z, wanted] of fixture.logNormalCdf) {
      expect(Math.abs(logNormalCdf(z) / wanted - 1), `ln Phi(${z})`).toBeLessThan(1e-12);
    }
  });
});

describe('what the scores mean', () => {
  it('RMIA with gamma 1 is monotone in p(x) / p_ref(x)', () => {
    const set = signals(true);
    const { scores, usable } = attack('rmia', { gamma: 1 }).scores(set, context);
    const p = trueClassProbabilities(set);
    const ratio = Array.from({ length: set.n }, (_, i) => {
      const side = (wanted: number): number => {
        const values = Array.from({ length: set.models - 1 }, (_v, m) => m + 1)
          .filter((m) => set.members[m][i] === wanted)
          .map((m) => p[m * set.n + i]);
        return values.reduce((sum, value) => sum + value, 0) / values.length;
      };
      return modelRow(p, set.n, 0)[i] / ((side(1) + side(0)) / 2);
    });
    const order = Array.from(scores.keys())
      .filter((i) => usable?.[i] !== 0)
      .sort((a, b) => ratio[a] - ratio[b]);
    for (let k = 1; k < order.length; k++) {
      expect(scores[order[k]]).toBeGreaterThanOrEqual(scores[order[k - 1]]);
    }
    expect(new Set(order.map((i) => scores[i])).size).toBeGreaterThan(3);
  });

  it('CE, CCEL and CCQL values rank records alike: the same AUC, whatever loss is used as the score', () => {
    const set = signals(false);
    const p = modelRow(trueClassProbabilities(set), set.n, 0).map((value) => Math.min(value, 1 - 1e-9));
    const areas = (['ce', 'ccel', 'ccql'] as const).map((name) =>
      aucEstimate(
        p.map((value) => -loss(name).value(value)),
        set.members[0],
      ),
    );
    expect(areas[1]).toBe(areas[0]);
    expect(areas[2]).toBe(areas[0]);
    expect(areas[0]).not.toBe(0.5);
  });

  it('scores stay finite where p is 0 or 1, where values are equal, and with one reference model', () => {
    const { labels, members, logits } = fixture;
    const two = memorySignalSet({
      labels,
      members: [members[0], members[0].map((flag) => 1 - flag)],
      logits: rows(logits.slice(0, 2)),
    });
    for (const name of ['lira', 'rmia'] as const) {
      const { scores } = attack(name, { online: false }).scores(two, context);
      expect(scores.every(Number.isFinite)).toBe(true);
    }
  });

  it('says what is missing', () => {
    const { labels, members, logits } = fixture;
    const alone = memorySignalSet({ labels, members: [members[0]], logits: rows(logits.slice(0, 1)) });
    expect(() => attack('lira').scores(alone, context)).toThrow(/in- and out-models/);
    expect(() => attack('population').scores(alone, context)).toThrow(/population_logits/);
    expect(() => attack('lyra' as 'lira')).toThrow(/Did you mean "lira"/);
    expect(() => attack('rmia', { gamma: 0 })).toThrow(/attack rmia: gamma is 0/);
  });
});
