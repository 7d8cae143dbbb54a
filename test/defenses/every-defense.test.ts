import { beforeAll, describe, expect, it } from 'vitest';
import {
  defense,
  defenseFromData,
  defenseNames,
  ownDefenseNames,
  ownDefenses,
} from '../../src/defenses/registry';
import { type Backend, openBackend } from '../../src/platform/backend/backend';
import { recipe } from '../../src/training/recipe';
import type { Trained, TrainingState } from '../../src/training/task';
import { train } from '../../src/training/train';
import { defendedTask } from './defended-task';

/** Settings for 50 members and few epochs where the defaults are made for thousands of records and would take long. */
const forSmallTask: Readonly<Record<string, object>> = {
  'early-stopping': { epoch: 3 },
  selena: { subModels: 4, leftOutBy: 2 },
  pate: { teachers: 2 },
  'data-free-distillation': { steps: 5 },
};

let backend: Backend;
const short = recipe('study', { epochs: 10, batchSize: 20, milestones: [5], evaluateEvery: 10 });

beforeAll(async () => {
  backend = await openBackend();
  // What the first training of all leaves for good is no leak of a defense.
  await train(await defendedTask(defenseFromData('ce'), { recipe: short }));
});

const settings = recipe('study', { epochs: 30, batchSize: 10, milestones: [20], evaluateEvery: 15 });

async function released(name: string, options: object = {}, epochs = settings): Promise<Trained> {
  const task = await defendedTask(defenseFromData(name, options), { recipe: epochs });
  return train(task);
}

function accuracy({ signals: { n, classes, logits, labels } }: Trained): number {
  let right = 0;
  for (let i = 0; i < n; i++) {
    const row = logits.subarray(i * classes, (i + 1) * classes);
    if (row.indexOf(Math.max(...row)) === labels[i]) right++;
  }
  return right / n;
}

/** What a defense released with its defaults and all epochs, where the defaults suit the small task. */
const withDefaults = new Map<string, Trained>();

describe('every defense', () => {
  it.each(defenseNames)(
    '%s with its defaults trains to finite numbers and leaves no tensor',
    async (name) => {
      const before = backend.tf.memory().numTensors;
      const trained = await released(name, {}, name in forSmallTask ? short : settings);
      if (!(name in forSmallTask)) withDefaults.set(name, trained);
      const { state, signals, ask } = trained;
      expect(signals.logits.every(Number.isFinite)).toBe(true);
      expect(state.parameters.every((values) => values.every(Number.isFinite))).toBe(true);
      const { members } = await defendedTask(defenseFromData(name));
      expect(ask(members.x)).toHaveLength(members.y.length * signals.classes);
      expect(backend.tf.memory().numTensors).toBe(before);
    },
  );

  it.each(ownDefenseNames)(
    '%s gives the same bits twice, and when it goes on from a checkpoint',
    async (name) => {
      const short = recipe('study', { epochs: 4, batchSize: 10, milestones: [2], evaluateEvery: 4 });
      const task = await defendedTask(defenseFromData(name, forSmallTask[name]), { recipe: short });
      const states: TrainingState[] = [];
      const onEpoch = (_: number, capture: () => TrainingState): void => void states.push(capture());
      const first = await train({ ...task, onEpoch });
      expect((await train(task)).signals).toEqual(first.signals);
      const resumeFrom = states[Math.min(1, states.length - 1)];
      const resumed = await train({ ...task, resumeFrom });
      expect(resumed.signals).toEqual(first.signals);
      expect(resumed.state.parameters).toEqual(first.state.parameters);
    },
  );

  it.each(defenseNames)('%s learns an easy task better than chance', async (name) => {
    // Three classes: guessing gets a third.
    const trained = withDefaults.get(name) ?? (await released(name, forSmallTask[name]));
    expect(accuracy(trained)).toBeGreaterThan(0.45);
  });

  it.each(ownDefenseNames)('%s says what it is', (name) => {
    const { title, source, changes, claim, revision } = ownDefenses[name];
    for (const words of [title, source, claim]) expect(words.length).toBeGreaterThan(3);
    expect(changes.length).toBeGreaterThan(0);
    expect(revision).toBeGreaterThanOrEqual(1);
    expect(defenseFromData(name).revision).toBe(revision);
    const { label, needs } = defenseFromData(name);
    expect(label.length).toBeGreaterThan(1);
    expect(needs).toEqual(ownDefenses[name].needs);
  });

  it('has a label of its own', () => {
    const labels = defenseNames.map((name) => defenseFromData(name).label);
    expect(labels.filter((label, i) => labels.indexOf(label) !== i)).toEqual([]);
  });

  it.each(ownDefenseNames.filter((name) => 'base' in defenseFromData(name).options))(
    '%s can be combined with CCEL',
    (name) => {
      const combined = defenseFromData(name, { base: { loss: 'ccel', alpha: 0.3 } });
      expect(combined.label).toContain('CCEL (alpha 0.3)');
      expect(() => defenseFromData(name, { base: { loss: 'ccell' } })).toThrow(/Did you mean "ccel"/);
    },
  );

  it.each(ownDefenseNames)('%s refuses an unknown option by name', (name) => {
    expect(() => defenseFromData(name, { nonsense: 1 })).toThrow(/"nonsense" is no option of defense/);
  });

  it('unknown gives the nearest name', () => {
    expect(() => defenseFromData('relaxlos')).toThrow(/"relaxlos" is no defense. Did you mean "relaxloss"/);
    expect(() => defenseFromData('top-kk')).toThrow(/Did you mean "top-k"/);
    expect(() => defenseFromData('toString')).toThrow(/is no defense/);
    // @ts-expect-error no defense of that name
    expect(() => defense('dropuot')).toThrow(/Did you mean "dropout"/);
    expect(() => defenseFromData('dropout', { ratee: 1 })).toThrow(/Did you mean "rate"/);
    // @ts-expect-error the rate is a number
    expect(() => defense('dropout', { rate: 'half' })).toThrow(/rate is "half"/);
  });

  it.each(ownDefenseNames.filter((name) => ownDefenses[name].needs.length > 0))(
    '%s says that it needs an inference set',
    async (name) => {
      const task = await defendedTask(defenseFromData(name), { inference: undefined });
      await expect(train(task)).rejects.toThrow(/needs an inference set/);
    },
  );
});
