import { describe, expect, it } from 'vitest';
import { defense } from '../../src/defenses/registry';
import { splitAi, splitAiLabels } from '../../src/defenses/selena';
import { trainDefended } from '../../src/defenses/train-defended';
import { recipe } from '../../src/training/recipe';
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
    const straight = await trainDefended(task);
    for (const stopAt of [1, 4]) {
      const kept: Parameters<NonNullable<typeof task.onPartDone>>[1][] = [];
      const stop = new AbortController();
      const began: string[] = [];
      let halfway: ReturnType<Parameters<NonNullable<typeof task.onPartEpoch>>[2]> | undefined;
      const broken = trainDefended({
        ...task,
        signal: stop.signal,
        onPartDone: (_, finished) => void kept.push(finished),
        onPartEpoch: ({ index }, epoch, capture) => {
          if (index !== stopAt || epoch !== 2) return;
          halfway = capture();
          stop.abort();
        },
      });
      await expect(broken).rejects.toThrow(
        new RegExp(`^sub-model ${stopAt + 1} \\(\\d+ records\\): Training was interrupted at epoch 3`),
      );
      expect(kept.length).toBe(stopAt);
      const { state, signals } = await trainDefended({
        ...task,
        parts: kept,
        resumePart: ({ index }) => (index === stopAt ? halfway : undefined),
        onPart: ({ name }, number, of) => void began.push(`${name}, ${number} of ${of}`),
      });
      expect(began[0]).toBe(`sub-model ${stopAt + 1}, ${stopAt + 1} of 5`);
      expect(began.length).toBe(5 - stopAt);
      expect(state.parameters).toEqual(straight.state.parameters);
      expect(signals).toEqual(straight.signals);
    }
  });

  it('trains a missing part among parts that are there', async () => {
    const task = await defendedTask(small(), { recipe: quick });
    const finished: Parameters<NonNullable<typeof task.onPartDone>>[1][] = [];
    const straight = await trainDefended({ ...task, onPartDone: (_, each) => void finished.push(each) });
    const parts = finished.map((each, i) => (i === 2 ? undefined : each));
    const { state } = await trainDefended({ ...task, parts });
    expect(state.parameters).toEqual(straight.state.parameters);
  });

  it('gives the same bits after a resume of the last stage and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(small(), { recipe: quick });
  });

  it('says in its progress which model is trained', async () => {
    const stages: string[] = [];
    const task = await defendedTask(small(), { recipe: quick });
    await trainDefended({
      ...task,
      onProgress: ({ stage }) => {
        const said = `${stage!.name}, ${stage!.number} of ${stage!.of}`;
        if (stages[stages.length - 1] !== said) stages.push(said);
      },
    });
    expect(stages[0]).toBe('sub-model 1, 1 of 6');
    expect(stages.slice(-2)).toEqual(['sub-model 5, 5 of 6', 'released model, 6 of 6']);
    const plain: unknown[] = [];
    await trainDefended({
      ...task,
      defense: defense('ce'),
      onProgress: (progress) => void plain.push(progress.stage),
    });
    expect(new Set(plain)).toEqual(new Set([undefined]));
  });

  it('answers members more as non-members than plain training does', async () => {
    const gap = async (made: ReturnType<typeof defense>) => {
      const { state } = await trainDefended(await defendedTask(made, { recipe: longRecipe }));
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
    await expect(trainDefended(task)).rejects.toThrow(/^sub-model 1 \(\d\d records\): the batch size is 49/);
  });
});
