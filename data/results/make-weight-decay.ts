/**
 * Makes weight-decay.json from the results of the three studies of src/studies/weight-decay.ts:
 *
 *   npx ccl start --study weight-decay-0    --out OUT --json OUT/0.json
 *   npx ccl start --study weight-decay-5e-4 --out OUT --json OUT/5e-4.json
 *   npx ccl start --study weight-decay-5e-3 --out OUT --json OUT/5e-3.json
 *   npx tsx data/results/make-weight-decay.ts OUT/0.json OUT/5e-4.json OUT/5e-3.json
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { settingsWords } from '../../src/wording';
import type { DefenseResult, RunResult, StudyResult } from '../../src/experiments/study-result';
import { lossFromData } from '../../src/losses/registry';
import type { ProbabilityLoss } from '../../src/losses/loss';
import { quantile } from '../../src/platform/math/quantile';
import { lossHistories, matchedHistories } from '../../src/metrics/matched-histories';
import { meanOverSeeds } from '../../src/metrics/over-seeds';
import { predictSettling, weightAtOne } from '../../src/theory/end-of-training';

/** Linear layers of the paper's network. */
const degree = 6;
const round = (x: number): number => Number(x.toPrecision(5));

const results = process.argv.slice(2).map((file) => JSON.parse(readFileSync(file, 'utf8')) as StudyResult);
if (results.length !== 3) throw new Error('Pass the three results, in the order of their decays.');

const lossOf = ({ name, options }: DefenseResult): ProbabilityLoss =>
  lossFromData(name, options) as ProbabilityLoss;
const decayOf = (result: StudyResult): number => result.settings.recipe.weightDecay;
const atEnd = (run: RunResult) => ({
  mean: run.memberLoss.mean,
  sd: Math.sqrt(run.memberLoss.variance),
  median: run.memberLoss.median,
  halfWidth: (quantile(run.memberLosses, 0.75) - quantile(run.memberLosses, 0.25)) / 2,
  max: run.memberLoss.max,
  trainAccuracy: run.trainAccuracy,
  testAccuracy: run.testAccuracy,
  advantage: run.path[run.path.length - 1].advantage,
});
type End = ReturnType<typeof atEnd>;
const average = (ends: readonly End[], key: keyof End): number =>
  meanOverSeeds(ends.map((end) => end[key])).estimate;

const reference = results.find((result) => decayOf(result) === 5e-4)!;
const calibrationEnds = reference.defenses[0].runs.map(atEnd);
const calibration = {
  loss: lossOf(reference.defenses[0]),
  weightDecay: 5e-4,
  meanLoss: average(calibrationEnds, 'mean'),
  sd: average(calibrationEnds, 'sd'),
};

function methodSummary(result: StudyResult, method: DefenseResult) {
  const loss = lossOf(method);
  const baseline = result.defenses[0];
  const ends = method.runs.map(atEnd);
  const baselineEnds = baseline.runs.map(atEnd);
  const ratio = (key: 'mean' | 'median' | 'sd' | 'halfWidth') =>
    meanOverSeeds(ends.map((end, i) => end[key] / baselineEnds[i][key]));
  const prediction = predictSettling(loss, decayOf(result), calibration, { classes: 30, degree });
  return {
    method: method.key,
    weightAtOne: round(weightAtOne(loss)),
    predicted: {
      meanLoss: prediction.meanLoss === null ? null : round(prediction.meanLoss),
      sd: prediction.sd === null ? null : round(prediction.sd),
      ratioToCe: round(1 / weightAtOne(loss)),
      note: prediction.note,
    },
    observed: Object.fromEntries(
      (Object.keys(ends[0]) as (keyof End)[]).map((key) => [key, meanOverSeeds(ends.map((end) => end[key]))]),
    ),
    ratioToCe: {
      mean: ratio('mean'),
      median: ratio('median'),
      sd: ratio('sd'),
      halfWidth: ratio('halfWidth'),
    },
    varianceAtMatchedMean:
      method === baseline ? null : matchedHistories(lossHistories(method.runs), lossHistories(baseline.runs)),
    runs: method.runs.map((run, i) => ({ seed: run.seed, ...ends[i] })),
    paths: method.runs.map((run) => ({
      seed: run.seed,
      epoch: run.path.map((point) => point.epoch),
      mean: run.path.map((point) => round(point.memberLoss.mean)),
      variance: run.path.map((point) => round(point.memberLoss.variance)),
      median: run.path.map((point) => round(point.memberLoss.median)),
    })),
  };
}

const summary = {
  schema: 'ccl-lab/weight-decay/1',
  commands: [
    ...['0', '5e-4', '5e-3'].map(
      (decay) => `npx ccl start --study weight-decay-${decay} --out OUT --json OUT/${decay}.json`,
    ),
    'npx tsx data/results/make-weight-decay.ts OUT/0.json OUT/5e-4.json OUT/5e-3.json',
  ],
  data: results[0].data,
  settings: { ...Object.fromEntries(settingsWords(results[0])), 'weight decay': 'as below' },
  backend: results[0].backend,
  calibration: {
    method: 'ce',
    weightDecay: 5e-4,
    meanLoss: round(calibration.meanLoss),
    sd: round(calibration.sd),
    degree,
  },
  decays: results.map((result) => ({
    weightDecay: decayOf(result),
    methods: result.defenses.map((method) => methodSummary(result, method)),
  })),
};
writeFileSync(join(__dirname, 'weight-decay.json'), `${JSON.stringify(summary)}\n`);
for (const { weightDecay, methods } of summary.decays) {
  for (const { method, predicted, observed, ratioToCe, varianceAtMatchedMean } of methods) {
    const show = (x: { estimate: number; low: number | null; high: number | null }): string =>
      `${x.estimate.toPrecision(3)} [${x.low?.toPrecision(3)}, ${x.high?.toPrecision(3)}]`;
    console.log(
      `decay ${weightDecay} ${method}: mean ${show(observed.mean)} (predicted ${predicted.meanLoss}), median ${show(observed.median)}, sd ${show(observed.sd)} (predicted ${predicted.sd})`,
    );
    console.log(
      `   ratio to CE: mean ${show(ratioToCe.mean)}, median ${show(ratioToCe.median)}, sd ${show(ratioToCe.sd)} (predicted ${predicted.ratioToCe})`,
    );
    for (const level of varianceAtMatchedMean ?? [])
      console.log(
        `   at mean ${level.mean.toPrecision(3)}: variance x ${show(level.comparison)} p ${level.p?.toPrecision(2)}`,
      );
  }
}
