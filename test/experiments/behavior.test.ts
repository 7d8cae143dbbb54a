import { mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeAttack, type OutputStatement } from '../../src/attacks/define-attack';
import { attack, attackFromData, attackNames } from '../../src/attacks/registry';
import { dataset } from '../../src/data/registry';
import { lossDefense, lossOnBatch } from '../../src/training/batch-loss';
import { defenseFromData, defenseNames } from '../../src/defenses/registry';
import { attackBehavior } from '../../src/experiments/behavior/attack-behavior';
import { behaviorOf, familyFingerprint } from '../../src/experiments/behavior/behavior';
import { knownFamilies } from '../../src/experiments/behavior/known-families';
import { changedDefenses } from '../../src/experiments/behavior/changed-blocks';
import { UserError } from '../../src/errors';
import { computeOf, currentRevisions } from '../../src/experiments/block';
import { missingUnits } from '../../src/experiments/continue-study';
import { planStudy } from '../../src/experiments/plan';
import { runStudy } from '../../src/experiments/run-study';
import { study, type StudyInput } from '../../src/experiments/study';
import { Store } from '../../src/experiments/store/store';
import { defineLoss } from '../../src/losses/define-loss';
import { type FormulaVariables, lossOfFormula } from '../../src/losses/formula';
import { probabilityLoss } from '../../src/losses/probability-loss';
import { loss } from '../../src/losses/registry';
import type { ProbabilityLoss } from '../../src/losses/loss';
import { openBackend } from '../../src/platform/backend/backend';
import { type Defense } from '../../src/training/defense';

/** Cross-entropy less strength p. */
function own(strength: number, name = 'own'): ProbabilityLoss {
  return probabilityLoss(
    { name, title: 'Own', label: 'Own', options: {} },
    {
      value: ({ p, u }) => u - strength * p,
      slope: ({ p }) => -1 / p - strength,
      curvature: ({ p }) => 1 / p ** 2,
      weight: ({ p }) => 1 + strength * p,
      weightSlope: () => strength,
      values: ({ p, u }) => u.sub(p.mul(strength)),
      weights: ({ p }) => p.mul(strength).add(1),
    },
  );
}

describe('the behavior of defenses', () => {
  // Whoever changes an entry on purpose removes its line in known-families.ts: the entry then carries its own fingerprint,
  // and its blocks are trained anew.
  it.each(Object.keys(knownFamilies).filter((name) => name !== 'memguard' && name !== 'advreg'))(
    '%s computes what it did when its blocks were named',
    (name) => {
      expect(familyFingerprint(name)).toBe(knownFamilies[name]);
    },
  );

  it('tells all entries apart', () => {
    const families = Object.values(knownFamilies);
    expect(new Set(families).size).toBe(families.length);
    expect(Object.keys(knownFamilies).filter((name) => !(defenseNames as string[]).includes(name))).toEqual(
      [],
    );
  });

  it('says nothing of registered ones, made by name or as objects, and leaves the opened backend as it was', async () => {
    const { tf } = await openBackend();
    const [before, tensors] = [tf.getBackend(), tf.memory().numTensors];
    expect(behaviorOf(defenseFromData('ccel', { alpha: 0.3 }))).toBeUndefined();
    expect(behaviorOf(lossDefense(loss('ccel', { alpha: 0.3 })))).toBeUndefined();
    expect(behaviorOf(defenseFromData('rounding', { base: { loss: 'ccql' } }))).toBeUndefined();
    expect([tf.getBackend(), tf.memory().numTensors]).toEqual([before, tensors]);
  });

  it('follows what an own loss computes, whatever it is called', () => {
    const one = behaviorOf(lossDefense(own(1)));
    expect(one).toMatch(/^[0-9a-f]{16}$/);
    expect(behaviorOf(lossDefense(own(1)))).toBe(one);
    expect(behaviorOf(lossDefense(own(1.001)))).not.toBe(one);
    // One that only bears a known name is not the known one.
    expect(behaviorOf(lossDefense({ ...own(1, 'ce'), options: { beta: 1 } }))).toBe(one);
  });

  it('sees what an own loss does in a single epoch only', () => {
    const late = (epoch: number): Defense => ({
      ...lossDefense(own(1)),
      training: () => ({
        loss: (tf, batch) => lossOnBatch(batch.epoch === epoch ? own(2) : own(1))(tf, batch),
      }),
    });
    const behaviors = [0, 2, 3, 17, 40].map((epoch) => behaviorOf(late(epoch)));
    expect(new Set(behaviors).size).toBe(behaviors.length);
  });

  it('leaves what a fingerprint cannot see to the revision of a loss, in every defense that is made of it', () => {
    const raised = (revision?: number) =>
      lossOfFormula({ name: 'own', options: {}, ...(revision && { revision }) }, ({ u }) => u);
    const revisions = (defense: Defense) => currentRevisions(1, defense, 1).defense;
    expect([raised(), raised(3)].map((each) => revisions(lossDefense(each)))).toEqual([0, 3]);
    expect(behaviorOf(lossDefense(raised(3)))).toBe(behaviorOf(lossDefense(raised())));
    const defined = defineLoss({
      ...{ name: 'x', label: 'X', title: 'X', formula: 'u', reference: 'this test', parameters: {} },
      ...{ revision: 2, f: ({ u }: FormulaVariables) => u },
    });
    expect(revisions(lossDefense(defined.create({ beta: 1 })))).toBe(2);
    expect(revisions(defenseFromData('rounding', { base: { loss: 'ccql' } }))).toBe(
      revisions(defenseFromData('rounding')),
    );
  });

  it('refuses noise that is the same in every step, and random numbers that nobody can make again', () => {
    const dp = defenseFromData('dp-sgd');
    const frozen: Defense = {
      ...{ ...dp, name: 'frozen', label: 'Frozen noise' },
      training(setup, teachers) {
        const released = dp.training(setup, teachers);
        if (!('loop' in released)) throw new Error('dp-sgd has a loop');
        return {
          loop(given) {
            const run = released.loop(given);
            return {
              ...run,
              gradient: (step) => run.gradient({ ...step, key: { ...step.key, epoch: 1, step: 1 } }),
            };
          },
        };
      },
    };
    expect(() => behaviorOf(frozen)).toThrow(/Frozen noise adds the same noise in every step/);
    let count = 0;
    const restless: Defense = {
      ...{ ...dp, name: 'restless', label: 'Restless', changes: ['outputs'] },
      training: defenseFromData('ce').training,
      outputs: () => (logits) => logits.map((z) => z + count++),
    };
    expect(() => behaviorOf(restless)).toThrow(/Restless computes other numbers the second time/);
    expect(() => behaviorOf({ ...dp, name: 'copy' })).not.toThrow();
  });
});

describe('the behavior of attacks', () => {
  it('tells all that a study can run apart, and follows the formula', () => {
    const behaviors = new Map<string, string>();
    for (const name of attackNames) behaviors.set(name, attackBehavior(attackFromData(name)));
    // These differ in what they ask of a model, which no file holds.
    const asking = ['boundary', 'random-noise'];
    const found = attackNames.filter((name) => !asking.includes(name)).map((name) => behaviors.get(name));
    expect(new Set(found).size).toBe(found.length);
    expect(attackBehavior(attack('loss'))).toBe(behaviors.get('loss'));
    expect(attackBehavior(attack('lira', { online: false }))).not.toBe(behaviors.get('lira'));
  });
});

describe('the behavior of an attack that fails', () => {
  const failing = (error: Error): OutputStatement => ({
    ...{ name: 'failing', title: 'Failing', formula: '?', reference: 'this test', threatModel: 'none' },
    score() {
      throw error;
    },
  });

  it('does not hang on the words of an error about what is missing', () => {
    const [one, other] = ['Pass query.', 'Give query, please.'].map((words) =>
      attackBehavior(makeAttack(failing(new UserError(words)))),
    );
    expect(one).toBe(other);
  });

  it('is an error that names the attack, and where in its code', () => {
    expect(() => attackBehavior(makeAttack(failing(new TypeError('x is not a function'))))).toThrow(
      /The attack failing fails on a small synthetic set.*x is not a function[^]*behavior\.test/,
    );
  });
});

describe('a study with own objects', () => {
  let folder: string;
  beforeEach(() => void (folder = mkdtempSync(join(tmpdir(), 'own-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const score = (factor: number): OutputStatement => ({
    name: 'own-score',
    title: 'Own score',
    formula: 'z_y',
    reference: 'this test',
    threatModel: 'logits',
    score: ({ n, classes, labels, logits }) =>
      Float64Array.from({ length: n }, (_, i) => factor * logits[i * classes + labels[i]] ** 3),
  });
  const sizes = { hidden: [8], epochs: 1, milestones: [], seeds: [1] };
  const other: OutputStatement = {
    ...score(1),
    score: (model) =>
      score(1)
        .score(model)
        .map((x, i) => x + model.labels[i] / 7),
  };
  const input = (strength: number): StudyInput => ({
    ...{ name: 'own', ...sizes },
    methods: [{ loss: 'ce' }, own(strength)],
    attacks: ['loss', makeAttack(score(1))],
  });
  const chosen = (strength: number) => study(input(strength));
  const run = (strength: number) => runStudy(chosen(strength), { store: Store.open(folder) });

  const planned = async (strength: number) => {
    const planned = study({ ...{ name: 'own', ...sizes }, methods: [own(strength)] });
    const compute = computeOf(await openBackend());
    return planStudy(planned, await dataset('location30'), compute).blocks;
  };

  it('keeps and reuses its models, and trains anew what computes other numbers', async () => {
    const first = await run(1);
    expect(first.blocks).toEqual({ trained: 4, reused: 0 });
    const again = await run(1);
    expect(again.blocks).toEqual({ trained: 0, reused: 4 });
    expect(again.defenses).toEqual(first.defenses);
    expect(missingUnits(chosen(1), first)).toEqual([]);
    expect(missingUnits(chosen(2), first).map(({ defense }) => defense.key)).toEqual(['own']);
    // A changed or added attack is computed for all; a result that does not tell (of an earlier version) is taken as it is.
    const attacked = (attacks: StudyInput['attacks']) => study({ ...input(1), attacks });
    expect(missingUnits(attacked(['loss', makeAttack(score(1))]), first)).toEqual([]);
    expect(missingUnits(attacked(['loss', makeAttack(other)]), first).length).toBe(2);
    expect(missingUnits(attacked(['loss', makeAttack(score(1)), 'entropy']), first).length).toBe(2);
    const earlier = { ...first, attackBehaviors: undefined };
    expect(missingUnits(attacked(['loss', makeAttack(other)]), earlier)).toEqual([]);
    const changed = await run(2);
    expect(changed.blocks).toEqual({ trained: 2, reused: 2 });
    const three = await planned(3);
    expect(changedDefenses(three, Store.open(folder))).toEqual([{ defense: 'own', blocks: 2 }]);
    expect(changedDefenses(three, Store.open(join(folder, 'empty')))).toEqual([]);
    // What is known of blocks is not read from them again.
    const [id] = Store.open(folder).blockIds();
    renameSync(join(folder, 'blocks', id, 'block.json'), join(folder, 'hidden.json'));
    expect(changedDefenses(three, Store.open(folder))).toEqual([{ defense: 'own', blocks: 2 }]);
    renameSync(join(folder, 'hidden.json'), join(folder, 'blocks', id, 'block.json'));
    expect(changed.defenses[0]).toEqual(first.defenses[0]);
    expect(changed.defenses[1].runs[0].memberLoss).not.toBe(first.defenses[1].runs[0].memberLoss);
    // The old one is still there.
    expect((await run(1)).blocks.trained).toBe(0);
    expect(first.defenses[1].runs[0].attacks[1].auc.estimate).toBeGreaterThan(0.3);
  });

  it('is told what cannot be: another process, an inverted attack, options beside an object', async () => {
    const alone = study({ ...{ name: 'own', ...sizes }, methods: [own(1)] });
    await expect(runStudy(alone, { store: Store.open(folder), executor: 'pool' })).rejects.toThrow(
      /Own is an object of this program.*executor 'local'/,
    );
    expect(() => study({ name: 'own', methods: [own(1)], attacks: [makeAttack(score(-1))] })).toThrow(
      /own-score fails the self-check: memorizing toy/,
    );
    const failing = (model: OutputStatement['score']) => () =>
      study({ name: 'own', methods: [own(1)], attacks: [makeAttack({ ...score(1), score: model })] });
    expect(
      failing(() => {
        throw new TypeError('x is not a function');
      }),
    ).toThrow(/The attack own-score fails on a small synthetic set.*x is not a function/);
    expect(failing(({ n }) => new Float64Array(n - 1))).toThrow(
      /own-score fails in the self-check: the number of scores of own-score is \d+, but must be \d+/,
    );
    expect(failing(({ n }) => new Float64Array(n).fill(NaN))).toThrow(
      /own-score fails in the self-check: scores\[0\] is NaN/,
    );
    expect(() => study({ name: 'own', methods: [{ loss: own(1), alpha: 1 }] })).toThrow(
      /"alpha" stands beside Own/,
    );
  });
});
