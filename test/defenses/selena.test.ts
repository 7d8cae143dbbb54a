import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { splitAi, splitAiLabels } from '../../src/defenses/selena';
import { recipe } from '../../src/training/recipe';
import type { TrainedTeacher, TrainingState } from '../../src/training/task';
import { teachersOf, train, trainTeacher } from '../../src/training/train';
import { defendedTask, expectSameBitsAfterResume, longRecipe, meanLosses } from './defended-task';
import { distillationFixture } from './staged-cases';

const key = { seed: 3, role: 'target', index: 0 } as const;
const small = () => defense('selena', { subModels: 5, leftOutBy: 2 });
const quick = recipe('study', { epochs: 3, batchSize: 10, milestones: [], evaluateEvery: 3 });

describe("SELENA's split", () => {
  it('leaves each record out of L sub-models and in all others', () => {
    const { trainedOn, leftOut } = splitAi(200, 25, 10, key);
    const outOf = new Int32Array(200);
    const inOf = new Int32Array(200);
    leftOut.forEach((records) => records.forEach((record) => outOf[record]++));
    trainedOn.forEach((records) => records.forEach((record) => inOf[record]++));
    expect(new Set(outOf)).toEqual(new Set([10]));
    expect(new Set(inOf)).toEqual(new Set([15]));
    leftOut.forEach((records, k) => {
      expect(new Set([...records, ...trainedOn[k]]).size).toBe(200);
      // 80 expected, standard deviation 7.
      expect(records.length).toBeGreaterThan(50);
      expect(records.length).toBeLessThan(110);
    });
  });

  it('is the same for the same key and another one for another model', () => {
    expect(splitAi(50, 5, 2, key)).toEqual(splitAi(50, 5, 2, key));
    expect(splitAi(50, 5, 2, { ...key, role: 'shadow' })).not.toEqual(splitAi(50, 5, 2, key));
  });
});

describe("SELENA's labels", () => {
  const { subModels, leftOut, labels } = distillationFixture.selena;
  const lists = leftOut.map((records) => Int32Array.from(records));

  it('are the mean probabilities that numpy finds', () => {
    const logits = subModels.map((rows) => Float32Array.from(rows.flat()));
    const found = splitAiLabels(lists, logits, 5);
    labels.flat().forEach((wanted, i) => expect(found[i]).toBeCloseTo(wanted, 6));
  });

  it('do not depend on what a sub-model says of a record that it was trained on', () => {
    const logits = subModels.map((rows, k) =>
      Float32Array.from(rows.flatMap((row, i) => (leftOut[k].includes(i) ? row : row.map(() => Number.NaN)))),
    );
    const found = splitAiLabels(lists, logits, 5);
    labels.flat().forEach((wanted, i) => expect(found[i]).toBeCloseTo(wanted, 6));
  });
});

describe('selena', () => {
  it('goes on after any sub-model, and within one, to the same bits', async () => {
    const task = await defendedTask(small(), { recipe: quick });
    const straight = await train(task);
    for (const stopAt of [1, 4]) {
      const kept: TrainedTeacher[] = [];
      const stop = new AbortController();
      const broken = train({
        ...task,
        signal: stop.signal,
        onTeacher: (_, finished) => void kept.push(finished),
        onProgress: ({ stage, epoch }) => {
          if (stage?.number === stopAt + 1 && epoch === 3) stop.abort();
        },
      });
      await expect(broken).rejects.toThrow(
        new RegExp(`^sub-model ${stopAt + 1} \\(\\d+ records\\): Training was interrupted at epoch 3`),
      );
      expect(kept.length).toBe(stopAt);
      // The sub-model under way goes on from its own state, as a block of a study does from its checkpoint.
      const teacher = teachersOf(task)[stopAt];
      const states: TrainingState[] = [];
      await trainTeacher(teacher, { ...task, onEpoch: (_, capture) => void states.push(capture()) });
      kept.push(await trainTeacher(teacher, { ...task, resumeFrom: states[1] }));
      const began = new Set<string>();
      const { state, signals } = await train({
        ...task,
        teachers: kept,
        onProgress: ({ stage }) => void began.add(`${stage!.name}, ${stage!.number} of ${stage!.of}`),
      });
      expect([...began][0]).toBe(
        stopAt === 4 ? 'released model, 6 of 6' : `sub-model ${stopAt + 2}, ${stopAt + 2} of 6`,
      );
      expect(began.size).toBe(5 - stopAt);
      expect(state.parameters).toEqual(straight.state.parameters);
      expect(signals).toEqual(straight.signals);
    }
  });

  it('trains a missing teacher among those that are there', async () => {
    const task = await defendedTask(small(), { recipe: quick });
    const finished: TrainedTeacher[] = [];
    const straight = await train({ ...task, onTeacher: (_, each) => void finished.push(each) });
    const teachers = finished.map((each, i) => (i === 2 ? undefined : each));
    const { state } = await train({ ...task, teachers });
    expect(state.parameters).toEqual(straight.state.parameters);
  });

  it('gives the same bits after a resume of the last stage and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(small(), { recipe: quick });
  });

  it('says in its progress which model is trained', async () => {
    const stages: string[] = [];
    const task = await defendedTask(small(), { recipe: quick });
    await train({
      ...task,
      onProgress: ({ stage }) => {
        const said = `${stage!.name}, ${stage!.number} of ${stage!.of}`;
        if (stages[stages.length - 1] !== said) stages.push(said);
      },
    });
    expect(stages[0]).toBe('sub-model 1, 1 of 6');
    expect(stages.slice(-2)).toEqual(['sub-model 5, 5 of 6', 'released model, 6 of 6']);
    const plain: unknown[] = [];
    await train({
      ...task,
      defense: defense('ce'),
      onProgress: (progress) => void plain.push(progress.stage),
    });
    expect(new Set(plain)).toEqual(new Set([undefined]));
  });

  it('answers members more as non-members than plain training does', async () => {
    const gap = async (made: ReturnType<typeof defense>) => {
      const { state } = await train(await defendedTask(made, { recipe: longRecipe }));
      const { members, nonMembers } = meanLosses(state);
      return nonMembers - members;
    };
    expect(await gap(small())).toBeLessThan(0.5 * (await gap(defense('ce'))));
  }, 60_000);

  it('refuses as many left out as there are, options out of range and names that are not its own', () => {
    expect(() => defense('selena', { subModels: 5, leftOutBy: 5 })).toThrow(
      /leftOutBy is 5, but must be below the number of sub-models, 5/,
    );
    expect(() => defense('selena', { subModels: 65 })).toThrow(
      /subModels is 65, but must be a whole number in/,
    );
    // @ts-expect-error the parameter is called leftOutBy
    expect(() => defense('selena', { L: 10 })).toThrow(/"L" is no option of defense selena/);
  });

  it('says which sub-model has fewer records than a batch', async () => {
    const task = await defendedTask(small(), { recipe: { ...quick, batchSize: 49 } });
    await expect(train(task)).rejects.toThrow(/^sub-model 1 \(\d\d records\): the batch size is 49/);
  });
});
