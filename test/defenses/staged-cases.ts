import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openBackend } from '../../src/platform/backend/backend';
import { defense } from '../../src/defenses/registry';
import { softLabelLoss } from '../../src/defenses/soft-labels';
import type { DefenseSetup, LossOnBatch, TeacherOutputs } from '../../src/training/defense';
import { expectClose } from './defended-task';
import { gradientOf, lossOf } from './objective-gradient';

interface HampFixture {
  labels: { gamma: number; classes: number; own: number }[];
  logits: number[][];
  y: number[];
  losses: {
    gamma: number;
    alpha: number;
    divergence: 'sum' | 'class-mean';
    loss: number;
    gradient: number[][];
  }[];
  answers: { own: number[][]; random: number[][]; wanted: number[][] };
}

interface LossCase {
  loss: number;
  gradient: number[][];
}

interface DistillationFixture {
  logits: number[][];
  teacher: number[][];
  y: number[];
  distillation: (LossCase & { temperature: number; alpha: number; divergence: 'sum' | 'class-mean' })[];
  dmp: (LossCase & { keep: number; temperature: number; kept: number[] })[];
  selena: LossCase & { subModels: number[][][]; leftOut: number[][]; labels: number[][] };
}

function read<T>(name: string): T {
  return JSON.parse(readFileSync(join(__dirname, `../fixtures/defenses/${name}.json`), 'utf8')) as T;
}

/** What scipy, PyTorch and numpy compute in float64 (make-hamp.py). */
export const hampFixture = read<HampFixture>('hamp');

/** The same for losses on a teacher's labels (make-distillation.py). */
export const distillationFixture = read<DistillationFixture>('distillation');

/** A finished teacher that is asked for its outputs only. */
export function teacherSaying(members: number[][], inference: number[][] = []): TeacherOutputs {
  return {
    members: Float32Array.from(members.flat()),
    inference: Float32Array.from(inference.flat()),
    logits: () => {
      throw new Error('not asked');
    },
  };
}

/** A setup in which only the number of classes counts. */
export function setupOf(classes: number, changes: Partial<DefenseSetup> = {}): DefenseSetup {
  const members = { x: new Float32Array(0), y: new Int32Array(0) };
  return { members, classes, inputShape: [1], key: { seed: 1, role: 'target', index: 0 }, ...changes };
}

/** Protects values and gradients of the losses on other labels, against PyTorch. */
export function stagedCases(): void {
  const { logits, y: labels, losses } = hampFixture;
  it.each(losses)('hamp: gamma $gamma, alpha $alpha, $divergence', async ({ loss, gradient, ...options }) => {
    const released = defense('hamp', options).training(setupOf(logits[0].length), []);
    await expectLoss(lossOf(released), { logits, labels }, { loss, gradient });
  });

  const { teacher, y, ...taught } = distillationFixture;
  it.each(taught.distillation)(
    'distillation: T $temperature, alpha $alpha, $divergence',
    async ({ loss, gradient, ...options }) => {
      const taughtBy = teacherSaying(teacher);
      const released = defense('distillation', options).training(setupOf(5), [taughtBy]);
      const batch = { logits: taught.logits, labels: y };
      await expectLoss(lossOf(released), batch, { loss, gradient });
    },
  );

  it.each(taught.dmp)('dmp: T $temperature, keeps $keep', async ({ loss, gradient, kept, ...options }) => {
    const inference = { x: Float32Array.of(0, 1, 2, 3, 4, 5), y: Int32Array.from(y) };
    const setup = setupOf(5, { inference });
    const released = defense('dmp', options).training(setup, [teacherSaying([], teacher)]);
    const { training } = released;
    expect(Array.from(training!.x)).toEqual(kept);
    const batch = { logits: taught.logits.slice(0, kept.length), labels: y.slice(0, kept.length) };
    await expectLoss(lossOf(released), batch, { loss, gradient });
  });

  it('selena: cross-entropy with the labels of some records', async () => {
    const { labels: soft, loss, gradient } = taught.selena;
    const objective = softLabelLoss(Float32Array.from(soft.flat()));
    await expectLoss(objective, { logits: taught.logits, labels: y }, { loss, gradient });
    // The same batch in another order of the records.
    const records = [3, 1, 0, 5, 2, 4];
    const batch = { logits: records.map((record) => taught.logits[record]), labels: y, records };
    await expectLoss(objective, batch, { loss, gradient: records.map((record) => gradient[record]) });
  });
}

async function expectLoss(
  objective: LossOnBatch,
  batch: Parameters<typeof gradientOf>[2],
  { loss, gradient }: LossCase,
): Promise<void> {
  const found = gradientOf(await openBackend(), objective, batch);
  expectClose([found.value], [loss], 2e-6, 1);
  expectClose(found.gradient, gradient.flat());
}
