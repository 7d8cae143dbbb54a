import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors';
import { checkAnswer, checkQuery, exerciseNames } from '../../src/exercises/check-answer';

describe('hints', () => {
  it('come with the second wrong answer, go on, and end in where the solution is', () => {
    expect(checkAnswer('believed', 0.95)).toBe(
      'Not yet: it is the share of members among all that are accused.',
    );
    expect(checkAnswer('believed', 0.95), 'the same answer again gives nothing new').not.toContain('Hint');
    expect(checkAnswer('believed', 0.2)).toContain('\nHint: how many members are accused');
    expect(checkAnswer('believed', 0.3)).toContain("exercises.solution('believed')");
  });

  it('do not tell the answer at the first wrong try', () => {
    expect(checkAnswer('standsOut', 1.96)).toBe('Not yet: the interval would still reach beyond 0.');
    expect(checkAnswer('luckyGain', 0.02)).toBe('Not yet: that is 1.00 standard deviations.');
  });

  it('refuse an exercise that is not there, with the nearest one', () => {
    expect(() => checkAnswer('believd' as 'believed', 1)).toThrow(UserError);
    expect(() => checkAnswer('believd' as 'believed', 1)).toThrow('Did you mean "believed"?');
    expect(exerciseNames.length).toBeGreaterThan(30);
  });

  it('take an answer of another kind for a wrong one', () => {
    expect(checkAnswer('hidden', Number.NaN)).toContain('the answer is a number');
    expect(checkAnswer('handedOver', 'outputs' as 'signals')).toContain('one of records, signals, weights');
    expect(checkAnswer('clip', 3 as never)).toContain('the answer is a function');
  });
});

// What students write who have nearly understood; each gets the sentence that helps.
describe('functions', () => {
  const square = (d: Float64Array): number => d.reduce((sum, x) => sum + (x - meanOf(d)) ** 2, 0);
  const meanOf = (d: Float64Array): number => d.reduce((sum, x) => sum + x, 0) / d.length;
  const logSum = (z: Float64Array): number => Math.log(z.reduce((sum, x) => sum + Math.exp(x), 0));

  it.each([
    [
      'lossScore, sign',
      () => checkAnswer('lossScore', (z, y) => logSum(z) - z[y]),
      'higher must mean member',
    ],
    ['lossScore, not normalized', () => checkAnswer('lossScore', (z, y) => z[y]), 'normalize'],
    [
      'lossScore, confidence',
      () => checkAnswer('lossScore', (z, y) => Math.exp(z[y] - logSum(z))),
      'confidence',
    ],
    ['lossScore, overflow', () => checkAnswer('lossScore', (z, y) => z[y] - logSum(z)), 'overflows'],
    ['ownWeight, sign', () => checkAnswer('ownWeight', (p, a) => -a - 3 * (1 - a) * p ** 3), 'the sign'],
    ['ownWeight, factor', () => checkAnswer('ownWeight', (p, a) => a + 3 * p ** 3), '1 - alpha'],
    [
      'gapOf, sum',
      () => checkAnswer('gapOf', (p, f) => p.length * (meanOf(p.map((one) => f(one))) - f(meanOf(p)))),
      'divided by how many',
    ],
    [
      'tInterval, divisor',
      () =>
        checkAnswer('tInterval', (d, q) => {
          const half = (q * Math.sqrt(square(d) / d.length)) / Math.sqrt(d.length);
          return [meanOf(d) - half, meanOf(d) + half];
        }),
      'divisor n - 1',
    ],
    [
      'tInterval, exchanged',
      () =>
        checkAnswer('tInterval', (d, q) => {
          const half = (q * Math.sqrt(square(d) / (d.length - 1))) / Math.sqrt(d.length);
          return [meanOf(d) + half, meanOf(d) - half];
        }),
      'exchanged',
    ],
    [
      'densityRatio, exponent',
      () =>
        checkAnswer(
          'densityRatio',
          (phi, a, b) =>
            ((b.deviation / a.deviation) * Math.exp((phi - b.mean) ** 2 / (2 * b.deviation ** 2))) /
            Math.exp((phi - a.mean) ** 2 / (2 * a.deviation ** 2)),
        ),
      'logarithm is asked for',
    ],
    [
      'bootstrapOfMean, no draws',
      () => checkAnswer('bootstrapOfMean', (v) => [meanOf(v), meanOf(v)]),
      'replacement',
    ],
    ['chosenSetting, most private', () => checkAnswer('chosenSetting', () => 1), 'learned little'],
    [
      'clip, normalizes',
      () => checkAnswer('clip', (g, c) => g.map((x) => (x * c) / (Math.hypot(...g) || 1))),
      'normalized',
    ],
    [
      'throws',
      () =>
        checkAnswer('tprAt', () => {
          throw new Error('oh');
        }),
      'your function throws: oh',
    ],
  ])('%s', (_, told, words) => {
    expect(told()).toContain(words);
  });
});

describe('SQL', () => {
  const from = "from epochs join runs using (block, model) where data = 'location30' and canaries = 'null'";

  it('is run on the committed store, and told what its rows lack', async () => {
    expect(await checkQuery('bestEpochs', null)).toContain('using (block, model)');
    expect(await checkQuery('bestEpochs', 'select')).toMatch(/^Not yet: The query failed\. Parser Error/);
    expect(await checkQuery('bestEpochs', 'select defense from runs')).toContain('2 columns are asked for');
    const perModel = `select defense, max_by(epochs.epoch, epochs.test_accuracy) ${from} group by block, model, defense`;
    expect(await checkQuery('bestEpochs', perModel)).toContain(
      'one row a defense is asked for, 7 rows. Yours has 65',
    );
    expect(await checkQuery('bestEpochs', 'select defense, avg(epochs) from runs group by all')).toMatch(
      /^Not yet: /,
    );
    await expect(checkQuery('myAlpha' as 'bestEpochs', 'x')).rejects.toThrow(UserError);
  });

  it('that is nearly right gets the sentence that helps, and digits may be cut to three', async () => {
    const lucky = `select defense, max_by(epochs.epoch, epochs.test_accuracy) ${from} group by defense`;
    expect(await checkQuery('bestEpochs', lucky)).toContain('luckiest network');
    const grown = (end: string): string =>
      `select defense, round(avg(grown), 3) as mean from (select block, model, defense, ${end} - min(epochs.member_max) as grown
        ${from} group by all) group by defense order by mean desc`;
    expect(await checkQuery('largestGrown', grown('max(epochs.member_max)'))).toContain(
      'the end of training',
    );
    expect(await checkQuery('largestGrown', grown('max_by(epochs.member_max, epochs.epoch)'))).toMatch(
      /^Right/,
    );
    const exposed = (by: string): string =>
      `with each as (select defense, record, avg(scaled_logit) filter (where member) as held,
         avg(scaled_logit) filter (where not member) as without
         from records join runs using (block, model) where canaries <> 'null' group by all)
       select defense, max_by(record, ${by}) from each group by all`;
    expect(await checkQuery('mostExposed', exposed('held'))).toContain('is easy');
    expect(await checkQuery('mostExposed', exposed('without - held'))).toContain('the sign');
    expect(await checkQuery('mostExposed', exposed('held - without'))).toMatch(/^Right/);
  });
});
