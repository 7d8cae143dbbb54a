import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { disjointShares, noisyVotes, pateEpsilon } from '../../src/defenses/pate';
import { defense } from '../../src/defenses/registry';
import type { TeacherOutputs } from '../../src/training/defense';
import { recipe } from '../../src/training/recipe';
import type { TrainingTask } from '../../src/training/task';
import { train } from '../../src/training/train';
import { syntheticRecords } from '../training/small-task';
import { defendedTask, expectSameBitsAfterResume } from './staged-task';

const fixture = JSON.parse(readFileSync(join(__dirname, '../fixtures/defenses/pate.json'), 'utf8')) as {
  votes: { counts: number[]; noise: number; chances: number[] }[];
  spent: { noise: number; labels: number; delta: number; epsilon: number }[];
};
const key = { seed: 3, role: 'target', index: 0 } as const;

describe("PATE's teachers", () => {
  it('have shares of equal size that together are all records, once each', () => {
    const shares = disjointShares(103, 10, key);
    expect(shares.map(({ length }) => length).sort()).toEqual([10, 10, 10, 10, 10, 10, 10, 11, 11, 11]);
    expect(shares.flatMap((share) => Array.from(share)).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 103 }, (_, i) => i),
    );
  });

  it('make as many updates as any model, in smaller batches', async () => {
    const { members, inference, recipe: own } = await defendedTask(defense('ce'));
    const setup = { members, inference, classes: 3, inputShape: [12], key };
    const parts = defense('pate', { teachers: 5 }).teachers!(setup);
    expect(parts.map((part) => part.recipe!(own).batchSize)).toEqual([4, 4, 4, 4, 4]);
    expect(parts[0].recipe!({ ...own, batchSize: 1 }).batchSize).toBe(1);
  });
});

describe("PATE's votes", () => {
  /** One teacher's logits for n records, all with the same top class. */
  const voting = (top: number, classes: number, n: number): Float32Array =>
    Float32Array.from({ length: n * classes }, (_, at) => (at % classes === top ? 1 : 0));

  it('without noise are the most frequent class', () => {
    const teachers = [voting(2, 3, 2), voting(1, 3, 2), voting(2, 3, 2)];
    expect(Array.from(noisyVotes(teachers, 3, { noise: 0, key }))).toEqual([2, 2]);
  });

  it.each(fixture.votes)('of $counts with noise $noise have the chances of quadrature', (each) => {
    const { counts, noise, chances } = each;
    const n = 20_000;
    const teachers = counts.flatMap((count, top) =>
      Array.from({ length: count }, () => voting(top, counts.length, n)),
    );
    const found = noisyVotes(teachers, counts.length, { noise, key });
    chances.forEach((chance, k) => {
      const share = found.filter((top) => top === k).length / n;
      expect(Math.abs(share - chance)).toBeLessThan(4 * Math.sqrt((chance * (1 - chance)) / n));
    });
  });

  it.each(fixture.spent)(
    'with noise $noise on $labels labels spend the epsilon of the closed form',
    (each) => {
      const { epsilon, ...spent } = each;
      const found = pateEpsilon(spent);
      expect(found).toBeGreaterThan(epsilon * (1 - 1e-6));
      expect(found).toBeLessThan(epsilon * 1.01);
    },
  );

  it('without noise spend everything', () => {
    expect(pateEpsilon({ noise: 0, labels: 1, delta: 1e-5 })).toBe(Infinity);
  });
});

describe('pate', () => {
  const quick = recipe('study', { epochs: 4, batchSize: 20, milestones: [], evaluateEvery: 4 });

  it('trains the released model on the voted classes of inference records only', async () => {
    const { members, inference } = await defendedTask(defense('ce'));
    const setup = { members, inference, classes: 3, inputShape: [12], key };
    const votes = [0, 1, 2].map((teacher) => ({
      members: new Float32Array(0),
      inference: Float32Array.from({ length: 150 }, (_, at) => (at % 3 === (teacher === 0 ? 0 : 1) ? 1 : 0)),
      logits: () => new Float32Array(0),
    }));
    const all = defense('pate', { teachers: 3, noise: 0 }).training(setup, votes).training!;
    expect(all.x).toEqual(inference!.x);
    expect(new Set(all.y)).toEqual(new Set([1]));
    const some = defense('pate', { teachers: 3, noise: 0, labeled: 0.3 }).training(setup, votes).training!;
    expect(some.y.length).toBe(15);
    expect(some.x.length).toBe(15 * 12);
  });

  it('gives the same bits after a resume and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('pate', { teachers: 3 }), { recipe: quick });
  });

  it('learns from a few teachers, and less with more noise', async () => {
    const long = recipe('study', { epochs: 20, batchSize: 60, milestones: [], evaluateEvery: 20 });
    const many = { members: syntheticRecords(0, 300), inference: syntheticRecords(2, 300), recipe: long };
    const teachers: TeacherOutputs[] = [];
    const onTeacher = (_: unknown, teacher: TeacherOutputs): void => void teachers.push(teacher);
    const accuracy = async (noise: number, changes: Partial<TrainingTask>): Promise<number> => {
      const task = await defendedTask(defense('pate', { teachers: 3, noise }), { ...many, ...changes });
      const { history } = (await train(task)).state;
      return history[0].correct.subarray(300).reduce((sum, each) => sum + each, 0) / 50;
    };
    const clean = await accuracy(0, { onTeacher });
    expect(clean).toBeGreaterThan(0.5);
    expect(await accuracy(100, { teachers: teachers })).toBeLessThan(clean);
  });

  it('asks for an inference set, and refuses options out of range', async () => {
    const task = await defendedTask(defense('pate'), { inference: undefined });
    await expect(train(task)).rejects.toThrow(/PATE \(10 teachers, noise 1\) needs an inference set/);
    expect(() => defense('pate', { teachers: 1 })).toThrow(
      /teachers is 1, but must be a whole number in \[2, 64\]/,
    );
    // @ts-expect-error the parameter is called noise
    expect(() => defense('pate', { sigma: 40 })).toThrow(/"sigma" is no option of defense pate/);
  });
});
