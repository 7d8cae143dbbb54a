import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { LiraOptions } from '../../src/attacks/lira';
import type { RmiaOptions } from '../../src/attacks/rmia';
import { setAttack } from '../../src/attacks/set-registry';
import type { AttackScores } from '../../src/attacks/attack';
import { memorySignalSet } from '../../src/signals/memory-signal-set';
import { loss } from '../../src/losses/registry';
import { aucEstimate } from '../../src/metrics/auc';
import { trueClassProbabilities, modelRow } from '../../src/signals/statistics';

interface Fixture {
  readonly labels: number[];
  readonly members: number[][];
  readonly logits: number[][];
  readonly classes: number;
  readonly populationLabels: number[];
  readonly populationLogits: number[][];
  readonly lira: { options: LiraOptions; scores: (number | null)[] }[];
  readonly rmia: { options: RmiaOptions; population: boolean; scores: (number | null)[] }[];
  readonly attackR: (number | null)[];
  readonly difficultyCalibration: (number | null)[];
  readonly population: number[];
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
    ...(population
      ? { population: { labels: fixture.populationLabels, logits: rows(fixture.populationLogits) } }
      : {}),
  });
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
    expectScores(setAttack('lira', options).scores(signals(false), context), scores);
  });

  it.each(fixture.rmia)('RMIA $options, population $population', ({ options, population, scores }) => {
    expectScores(setAttack('rmia', options).scores(signals(population), context), scores);
  });

  it('attack R, difficulty calibration, attack P', () => {
    expectScores(setAttack('attack-r').scores(signals(false), context), fixture.attackR);
    expectScores(
      setAttack('difficulty-calibration').scores(signals(false), context),
      fixture.difficultyCalibration,
    );
    expectScores(setAttack('population').scores(signals(true), context), fixture.population);
  });
});

describe('what the scores mean', () => {
  it('RMIA with gamma 1 is monotone in p(x) / p_ref(x)', () => {
    const set = signals(true);
    const { scores, usable } = setAttack('rmia', { gamma: 1 }).scores(set, context);
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
      const { scores } = setAttack(name, { online: false }).scores(two, context);
      expect(scores.every(Number.isFinite)).toBe(true);
    }
  });

  it('says what is missing', () => {
    const { labels, members, logits } = fixture;
    const alone = memorySignalSet({ labels, members: [members[0]], logits: rows(logits.slice(0, 1)) });
    expect(() => setAttack('lira').scores(alone, context)).toThrow(/in- and out-models/);
    expect(() => setAttack('population').scores(alone, context)).toThrow(/population_logits/);
    expect(() => setAttack('lyra' as 'lira')).toThrow(/Did you mean "lira"/);
    expect(() => setAttack('rmia', { gamma: 0 })).toThrow(/attack rmia: gamma is 0/);
  });
});
