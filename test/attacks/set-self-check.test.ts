import { describe, expect, it } from 'vitest';
import type { SetAttack } from '../../src/attacks/attack';
import { canonicalOrder, takeRows } from '../../src/attacks/feature-rows';
import { knnFit } from '../../src/attacks/knn-fit';
import { learnedAttack } from '../../src/attacks/learned-attack';
import type { Learner } from '../../src/attacks/learner';
import { networkLearner } from '../../src/attacks/nn';
import { posteriorFeatures } from '../../src/attacks/posterior-features';
import { auditAttacks, setAttack } from '../../src/attacks/set-registry';
import { setSelfCheck } from '../../src/attacks/set-self-check';
import { referenceModels } from '../../src/signals/signal-set';

const failed = (attack: SetAttack): string[] =>
  setSelfCheck([attack])
    .items.filter(({ passed }) => !passed)
    .map(({ name }) => name);

describe('the self-check of attacks on sets', () => {
  it('passes for every attack that an audit runs', () => {
    const { items, passed } = setSelfCheck(auditAttacks());
    expect(items.filter((item) => !item.passed)).toEqual([]);
    expect(passed).toBe(true);
  });

  it('catches an inverted sign', () => {
    const lira = setAttack('lira');
    const inverted: SetAttack = {
      ...lira,
      scores: (set, context) => {
        const found = lira.scores(set, context);
        return { ...found, scores: found.scores.map((score) => -score) };
      },
    };
    expect(failed(inverted)).toEqual(['memorizing toy']);
  });

  it("catches a score that was fitted on the target's membership", () => {
    const loss = setAttack('loss');
    const cheat: SetAttack = {
      ...loss,
      scores: (set, context) => {
        const { scores } = loss.scores(set, context);
        return { scores: scores.map((score, i) => score + set.members[set.target][i]), notes: [] };
      },
    };
    expect(failed(cheat)).toEqual(['shuffled membership', 'planned membership']);
  });

  it('catches a score that takes membership from the plan, which shuffling each model by itself cannot show', () => {
    const loss = setAttack('loss');
    const counting: SetAttack = {
      ...loss,
      scores: (set, context) => {
        const { scores } = loss.scores(set, context);
        // A trace of it: the score decides unless records are nearly alike.
        const others = referenceModels(set);
        const share = (i: number) => others.reduce((sum, m) => sum + set.members[m][i], 0) / others.length;
        return { scores: scores.map((score, i) => score - 0.8 * share(i)), notes: [] };
      },
    };
    expect(failed(counting)).toEqual(['planned membership']);
  });

  it('catches an attacker that learns from the shadow model’s membership of the record that it scores', () => {
    const knn = setAttack('knn');
    const within: SetAttack = {
      ...knn,
      scores: (set) => {
        const features = {
          outputs: 'log-probabilities',
          sorted: false,
          top: 10,
          label: 'true-class',
        } as const;
        const [shadow] = referenceModels(set);
        const lesson = { rows: posteriorFeatures(set.model(shadow), features), members: set.members[shadow] };
        return { scores: knnFit(lesson, 3)(posteriorFeatures(set.model(set.target), features)), notes: [] };
      },
    };
    expect(failed(within)).toContain('planned membership');
    expect(failed(knn)).toEqual([]);
  });

  it('catches a score that leans on the order of the records', () => {
    const loss = setAttack('loss');
    const leaning: SetAttack = {
      ...loss,
      scores: (set, context) => {
        const { scores } = loss.scores(set, context);
        return { scores: scores.map((score, i) => score + 1e-6 * i), notes: [] };
      },
    };
    expect(failed(leaning)).toEqual(['record order']);
  });

  describe('the same three faults in an attacker that learns', () => {
    const learned = (learner: Learner): SetAttack =>
      learnedAttack({
        name: 'faulty',
        title: 'Faulty',
        formula: '',
        reference: '',
        sees: 'Outputs',
        fittedOn: 'shadow models',
        mostRecords: 1000,
        features: (set, model) =>
          posteriorFeatures(set.model(model), {
            outputs: 'log-probabilities',
            sorted: true,
            top: 10,
            label: 'true-class',
          }),
        learner,
      });
    const sound = networkLearner({ hidden: [16], epochs: 8, batch: 16, rate: 0.005 });

    it('passes without a fault', () => {
      expect(failed(learned(sound))).toEqual([]);
    });

    it('an inverted sign', () => {
      const inverted: Learner = (lesson, context) => {
        const { cut, scores } = sound(lesson, context);
        return { cut, scores: (rows) => scores(rows).map((score) => -score) };
      };
      expect(failed(learned(inverted))).toEqual(['memorizing toy']);
    });

    it("a fit on the target's own labels", () => {
      const honest = learned(sound);
      const cheat: SetAttack = {
        ...honest,
        scores: (set) => {
          const rows = posteriorFeatures(set.model(set.target), {
            outputs: 'log-probabilities',
            sorted: false,
            top: 10,
            label: 'none',
          });
          // Nearest neighbor of records that it knows: in-sample, it finds each record itself.
          const members = set.members[set.target];
          return { scores: knnFit({ rows, members }, 1)(rows), notes: [] };
        },
      };
      expect(failed(cheat)).toContain('shuffled membership');
    });

    it('batches in the order of the records', () => {
      const leaning: SetAttack = {
        ...learned(sound),
        scores: (set, context) => {
          const features = { outputs: 'probabilities', sorted: true, top: 10, label: 'true-class' } as const;
          const shadow = set.model(1);
          const lesson = { rows: posteriorFeatures(shadow, features), members: shadow.members };
          return {
            scores: sound(lesson, context).scores(posteriorFeatures(set.model(0), features)),
            notes: [],
          };
        },
      };
      expect(failed(leaning)).toEqual(['record order']);
    });
  });

  it('catches an upper bound whose folds follow the scores, which puts neighbors of the own side among the known', () => {
    const dealt: SetAttack = {
      ...setAttack('knn', { fittedOn: 'target' }),
      scores: (set) => {
        const members = set.members[set.target];
        const rows = posteriorFeatures(set.model(set.target), {
          outputs: 'log-probabilities',
          sorted: true,
          top: 10,
          label: 'true-class',
        });
        const next = [0, 0];
        const fold = new Uint8Array(set.n);
        for (const i of canonicalOrder(rows, members)) fold[i] = next[members[i]]++ % 5;
        const scores = new Float64Array(set.n);
        for (let f = 0; f < 5; f++) {
          const known = Array.from(fold.keys()).filter((i) => fold[i] !== f);
          const judged = Array.from(fold.keys()).filter((i) => fold[i] === f);
          const lesson = { rows: takeRows(rows, known), members: Uint8Array.from(known, (i) => members[i]) };
          knnFit(lesson, 9)(takeRows(rows, judged)).forEach((score, at) => (scores[judged[at]] = score));
        }
        return { scores, notes: [] };
      },
    };
    expect(failed(dealt)).toEqual(['shuffled membership']);
    expect(failed(setAttack('knn', { fittedOn: 'target' }))).toEqual([]);
  });

  it('leaves out attacks that ask a model for labels, which it has none of', () => {
    expect(failed(setAttack('boundary'))).toEqual([]);
  });

  it('is quick enough to run with every audit', () => {
    const start = process.cpuUsage();
    setSelfCheck(auditAttacks());
    // Time of the processor, not of the clock: about 4 s on an idle machine; the bound allows for a busy one.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(20);
  });
});
