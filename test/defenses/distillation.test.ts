import { describe, expect, it } from 'vitest';
import { lowEntropyRecords } from '../../src/defenses/dmp';
import { defense } from '../../src/defenses/registry';
import { recipe } from '../../src/training/recipe';
import { train } from '../../src/training/train';
import { accuracyOf, defendedTask, expectSameBitsAfterResume, longRecipe, meanLosses } from './staged-task';

describe('distillation', () => {
  it('has one teacher, trained on all members with the loss that is asked for', async () => {
    const { members, inference, key } = await defendedTask(defense('ce'));
    const setup = { members, inference, classes: 3, inputShape: [12], key };
    const made = defense('distillation', { base: { loss: 'ccel', alpha: 0.7 } });
    const [teacher, ...others] = made.teachers!(setup);
    expect(others).toEqual([]);
    expect(teacher.defense).toMatchObject({ name: 'ccel', options: { alpha: 0.7, beta: 1 } });
    expect(Array.from(teacher.records)).toEqual(Array.from(members.y.keys()));
  });

  it('with alpha 0 is plain training, whatever the teacher says', async () => {
    const distilled = await train(await defendedTask(defense('distillation', { alpha: 0 })));
    const plain = await train(await defendedTask(defense('ce')));
    distilled.state.parameters.forEach((values, i) =>
      values.forEach((value, at) => expect(value).toBeCloseTo(plain.state.parameters[i][at], 5)),
    );
  });

  it('with alpha 1 leads to the outputs of its teacher', async () => {
    const task = await defendedTask(defense('distillation', { alpha: 1, temperature: 2 }), {
      recipe: recipe('study', { epochs: 60, batchSize: 20, milestones: [], evaluateEvery: 60 }),
    });
    let teacher: Float32Array | undefined;
    const onTeacher = (_: unknown, { members }: { members: Float32Array }): void => void (teacher = members);
    const { signals } = await train({ ...task, onTeacher });
    const top = (z: ArrayLike<number>, i: number): number =>
      [0, 1, 2].reduce((best, k) => (z[3 * i + k] > z[3 * i + best] ? k : best), 0);
    const agree = task.members.y.filter((_, i) => top(signals.logits, i) === top(teacher!, i)).length;
    expect(agree).toBeGreaterThan(47);
  });

  it('gives the same bits after a resume and leaves no tensor behind', async () => {
    await expectSameBitsAfterResume(defense('distillation'));
  });

  it('refuses options out of range and names that are not its own', () => {
    expect(() => defense('distillation', { temperature: 0 })).toThrow(
      /temperature is 0, but must be above 0/,
    );
    expect(() => defense('distillation', { base: { loss: 'nothing' as never } })).toThrow(
      /"nothing" is no loss/,
    );
    // @ts-expect-error the parameter is called temperature
    expect(() => defense('distillation', { T: 10 })).toThrow(/"T" is no option of defense distillation/);
  });
});

describe('dmp', () => {
  it('keeps the records of lowest entropy, at least one, ascending', () => {
    const logits = Float32Array.of(9, 0, 0, 0, 5, 0, 1, 0, 0, 0);
    expect(Array.from(lowEntropyRecords(logits, 2, 0.4))).toEqual([0, 2]);
    expect(Array.from(lowEntropyRecords(logits, 2, 0.01))).toEqual([0]);
    // Equal entropies go by number.
    expect(Array.from(lowEntropyRecords(logits, 2, 0.8))).toEqual([0, 1, 2, 3]);
    expect(Array.from(lowEntropyRecords(logits, 2, 1))).toEqual([0, 1, 2, 3, 4]);
  });

  it('does not let the released model see a member: other members with the same teacher give the same bits', async () => {
    const task = await defendedTask(defense('dmp'));
    const kept: Parameters<NonNullable<typeof task.onTeacher>>[1][] = [];
    const { state } = await train({ ...task, onTeacher: (_, each) => void kept.push(each) });
    const strangers = { x: task.members.x.map((value) => 1 - value), y: task.members.y };
    const other = await train({ ...task, members: strangers, teachers: kept });
    expect(other.state.parameters).toEqual(state.parameters);
  });

  it('gives the same bits after a resume, also on a share of the reference records, and leaves no tensor', async () => {
    await expectSameBitsAfterResume(defense('dmp', { keep: 0.6, temperature: 2 }));
  });

  it('learns, and members and non-members have nearly the same loss', async () => {
    const end = async (made: ReturnType<typeof defense>) =>
      (await train(await defendedTask(made, { recipe: longRecipe }))).state;
    const [plain, student] = [await end(defense('ce')), await end(defense('dmp'))];
    const gap = ({ members, nonMembers }: ReturnType<typeof meanLosses>): number => nonMembers - members;
    expect(gap(meanLosses(student))).toBeLessThan(0.6 * gap(meanLosses(plain)));
    expect(accuracyOf(student).nonMembers).toBeGreaterThan(0.4);
  });

  it('asks for an inference set', async () => {
    const task = await defendedTask(defense('dmp'), { inference: undefined });
    await expect(train(task)).rejects.toThrow(/DMP \(T 1\) needs an inference set/);
  });

  it('refuses options out of range and names that are not its own', () => {
    expect(() => defense('dmp', { keep: 0 })).toThrow(/keep is 0, but must be in \(0, 1\]/);
    // @ts-expect-error DMP has no hard labels
    expect(() => defense('dmp', { alpha: 0.5 })).toThrow(/"alpha" is no option of defense dmp/);
  });
});
