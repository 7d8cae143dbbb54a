// A loss of one's own: its formulas, what theory says of it, and a network trained with it beside one with cross-entropy.
//
//     npx tsx examples/own-loss.ts
//
// The loss is cross-entropy with a cubic concave term, f(p) = -alpha ln p - (1 - alpha) p^3, p the probability of the
// true class. As p grows towards 1 it still pulls, w(1) = alpha + 3 (1 - alpha), where cross-entropy has 1.
import {
  attack,
  data,
  dataset,
  loss,
  losses,
  metrics,
  model,
  openBackend,
  recipe,
  splitQuarters,
  theory,
  train,
  training,
} from 'ccl-lab';

const smoke = process.env.CCL_SMOKE === '1';

const cubic = (alpha: number) =>
  losses.probabilityLoss(
    { name: 'ccl-cubic', title: 'CCL cubic', label: `CCL cubic (alpha ${alpha})`, options: { alpha } },
    {
      // On numbers, for theory and figures: p, and u = -ln p without loss of digits.
      value: ({ p, u }) => alpha * u - (1 - alpha) * p ** 3,
      slope: ({ p }) => -alpha / p - 3 * (1 - alpha) * p ** 2,
      curvature: ({ p }) => alpha / p ** 2 - 6 * (1 - alpha) * p,
      weight: ({ p }) => alpha + 3 * (1 - alpha) * p ** 3, // -p f'(p): how hard a record is pulled
      weightSlope: ({ p }) => 9 * (1 - alpha) * p ** 2,
      // On tensors, for training: value and weight of each record of a batch.
      values: ({ p, u }) => u.mul(alpha).sub(p.pow(3).mul(1 - alpha)),
      weights: ({ p }) => p.pow(3).mul(3 * (1 - alpha)).add(alpha), // prettier-ignore
    },
  );

async function main(): Promise<void> {
  const own = cubic(0.5);

  // A slip in a formula shows at once: slope and weight against the difference quotient of the value.
  for (const p of [0.1, 0.5, 0.9]) {
    const quotient = (own.value(p + 1e-6) - own.value(p - 1e-6)) / 2e-6;
    if (Math.abs(quotient - own.slope(p)) > 1e-5)
      throw new Error(`the slope at ${p} is not that of the value`);
    if (Math.abs(own.weight(p) + p * own.slope(p)) > 1e-12)
      throw new Error(`the weight at ${p} is not -p f'(p)`);
  }

  // What theory says without training: below which alpha losses of members spread from a common start, and whether the
  // loss keeps more variance than cross-entropy where both have the same mean.
  console.log(`members' losses spread for alpha below ${theory.growthThreshold(cubic).toFixed(3)}`);
  const { holds } = theory.dominancePrecondition(own, loss('ce'));
  console.log(`more variance than cross-entropy at equal mean: ${holds ? 'yes' : 'not by this criterion'}`);

  // Two networks that differ in the loss alone: same records, start weights and batches.
  const people = await dataset('location30');
  const { targetMembers, targetNonMembers } = splitQuarters(people.records, 1);
  const take = (records: Int32Array) => {
    const taken = smoke ? records.subarray(0, 150) : records;
    return { x: data.takeFeatures(people, taken), y: data.takeLabels(people, taken) };
  };
  const [members, nonMembers] = [take(targetMembers), take(targetNonMembers)];
  const backend = await openBackend();
  for (const each of [loss('ce'), own]) {
    const { signals } = await train({
      backend,
      network: model('mlp', {
        features: people.features,
        classes: people.classes,
        hidden: [smoke ? 16 : 128],
      }),
      defense: training.lossDefense(each),
      recipe: recipe('study', smoke ? { epochs: 2, milestones: [] } : {}),
      members,
      nonMembers,
      key: { seed: 1, role: 'target', index: 0 },
    });

    // The loss attack on it: the smaller the cross-entropy of a record, the likelier it is a member.
    const scores = attack('loss').score(signals);
    const spread = variance(Array.from(scores.subarray(0, members.y.length)));
    const area = metrics.auc(scores, signals.members).estimate.toFixed(3);
    console.log(
      `${each.label}: variance of members' losses ${spread.toPrecision(3)}, AUC of the loss attack ${area}`,
    );
  }
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
}

export const done = main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
