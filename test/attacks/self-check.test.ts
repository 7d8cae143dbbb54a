import { describe, expect, it } from 'vitest';
import type { Attack } from '../../src/attacks/attack';
import { classThresholds } from '../../src/attacks/class-thresholds';
import { canonicalOrder, takeRows, type Learner } from '../../src/attacks/learners/lesson';
import { knnFit } from '../../src/attacks/learners/knn';
import { learnedAttack } from '../../src/attacks/learned-attack';
import { networkLearner } from '../../src/attacks/learners/mlp';
import { posteriorFeatures } from '../../src/attacks/posterior-attacks';
import { auditAttacks, attack } from '../../src/attacks/registry';
import { judged, selfCheck, type SelfCheckOptions } from '../../src/attacks/self-check';
import { referenceModels } from '../../src/signals/signal-set';
import { changed } from './changed';

const failures = (options: SelfCheckOptions): string[] =>
  selfCheck(options)
    .items.filter(({ passed }) => !passed)
    .map(({ name }) => name);

const failed = (attack: Attack): string[] => failures({ attacks: [attack] });

describe('the self-check', () => {
  it('passes for the standard attacks, whatever the seed', () => {
    for (const seed of [1, 2, 3]) {
      const result = selfCheck({ seed });
      expect(result.items.map((item) => `${item.name}: ${item.passed} ${item.detail}`)).toEqual(
        result.items.map((item) => expect.stringContaining(`${item.name}: true`)),
      );
      expect(result.passed).toBe(true);
    }
  });

  it("catches an evaluation whose cuts are fitted on the target's own labels", () => {
    const judge: SelfCheckOptions['judge'] = (found, set) => {
      const { scores } = found;
      const known = { scores, labels: set.labels, members: set.members[set.target] };
      const { cuts } = classThresholds(known, set.classes);
      return judged({ ...found, cuts: Float64Array.from(set.labels, (label) => cuts[label]) }, set);
    };
    expect(failures({ judge })).toEqual(['shuffled membership']);
  });

  it('catches an evaluation that breaks ties by the order of the records', () => {
    const judge: SelfCheckOptions['judge'] = (found, set) =>
      judged({ ...found, scores: found.scores.map((score, row) => score + row * 1e-12) }, set);
    expect(failures({ judge })).toEqual(['record order']);
  });

  it('catches a score that differs from call to call', () => {
    let calls = 0;
    const loss = attack('loss');
    const restless = changed(loss, (set) => {
      const { scores } = loss.scores(set);
      return { scores: scores.map((score) => score + ++calls * 1e-9), notes: [] };
    });
    expect(failed(restless)).toContain('repetition');
  });

  it('passes for every attack that an audit runs, quick enough to run with each of them', () => {
    const start = process.cpuUsage();
    const { items, passed } = selfCheck({ attacks: auditAttacks() });
    // Time of the processor, not of the clock: about 4 s on an idle machine; the bound allows for a busy one.
    expect(process.cpuUsage(start).user / 1e6).toBeLessThan(20);
    expect(items.filter((item) => !item.passed)).toEqual([]);
    expect(passed).toBe(true);
  });

  it('catches an inverted sign', () => {
    const lira = attack('lira');
    const inverted = changed(lira, (set, context) => {
      const found = lira.scores(set, context);
      return { ...found, scores: found.scores.map((score) => -score) };
    });
    expect(failed(inverted)).toEqual(['memorizing toy']);
  });

  it("catches a score that was fitted on the target's membership", () => {
    const loss = attack('loss');
    const cheat = changed(loss, (set, context) => {
      const { scores } = loss.scores(set, context);
      return { scores: scores.map((score, i) => score + set.members[set.target][i]), notes: [] };
    });
    expect(failed(cheat)).toEqual(['shuffled membership', 'planned membership']);
  });

  it('catches a score that takes membership from the plan, which shuffling each model by itself cannot show', () => {
    const loss = attack('loss');
    const counting = changed(loss, (set, context) => {
      const { scores } = loss.scores(set, context);
      // A trace of it: the score decides unless records are nearly alike.
      const others = referenceModels(set);
      const share = (i: number) => others.reduce((sum, m) => sum + set.members[m][i], 0) / others.length;
      return { scores: scores.map((score, i) => score - 0.8 * share(i)), notes: [] };
    });
    expect(failed(counting)).toEqual(['planned membership']);
  });

  it('catches an attacker that learns from the shadow model’s membership of the record that it scores', () => {
    const knn = attack('knn');
    const within = changed(knn, (set) => {
      const features = {
        outputs: 'log-probabilities',
        sorted: false,
        top: 10,
        label: 'true-class',
      } as const;
      const [shadow] = referenceModels(set);
      const lesson = { rows: posteriorFeatures(set.model(shadow), features), members: set.members[shadow] };
      return { scores: knnFit(lesson, 3)(posteriorFeatures(set.model(set.target), features)), notes: [] };
    });
    expect(failed(within)).toContain('planned membership');
    expect(failed(knn)).toEqual([]);
  });

  it('catches a score that leans on the order of the records', () => {
    const loss = attack('loss');
    const leaning = changed(loss, (set, context) => {
      const { scores } = loss.scores(set, context);
      return { scores: scores.map((score, i) => score + 1e-6 * i), notes: [] };
    });
    expect(failed(leaning)).toEqual(['record order']);
  });

  describe('the same three faults in an attacker that learns', () => {
    const learned = (learner: Learner): Attack =>
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
      const cheat = changed(honest, (set) => {
        const rows = posteriorFeatures(set.model(set.target), {
          outputs: 'log-probabilities',
          sorted: false,
          top: 10,
          label: 'none',
        });
        // Nearest neighbor of records that it knows: in-sample, it finds each record itself.
        const members = set.members[set.target];
        return { scores: knnFit({ rows, members }, 1)(rows), notes: [] };
      });
      expect(failed(cheat)).toContain('shuffled membership');
    });

    it('batches in the order of the records', () => {
      const leaning = changed(learned(sound), (set, context) => {
        const features = { outputs: 'probabilities', sorted: true, top: 10, label: 'true-class' } as const;
        const shadow = set.model(1);
        const lesson = { rows: posteriorFeatures(shadow, features), members: shadow.members };
        return {
          scores: sound(lesson, context).scores(posteriorFeatures(set.model(0), features)),
          notes: [],
        };
      });
      expect(failed(leaning)).toEqual(['record order']);
    });
  });

  it('catches an upper bound whose folds follow the scores, which puts neighbors of the own side among the known', () => {
    const dealt = changed(attack('knn', { fittedOn: 'target' }), (set) => {
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
    });
    expect(failed(dealt)).toEqual(['shuffled membership']);
    expect(failed(attack('knn', { fittedOn: 'target' }))).toEqual([]);
  });

  it('leaves out attacks that ask a model for labels, which it has none of', () => {
    expect(failed(attack('boundary'))).toEqual([]);
  });
});
