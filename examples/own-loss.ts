// A loss of one's own: its formula, what theory says of it, and a network trained with it beside one with cross-entropy.
//
//     npx ccl run examples/own-loss.ts
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
  losses.lossOfFormula({ name: 'ccl-cubic', title: 'CCL cubic', options: { alpha } }, ({ p, u }) =>
    u.mul(alpha).sub(p.pow(3).mul(1 - alpha)),
  );

async function main(): Promise<void> {
  const own = cubic(0.5);

  // Slope, curvature, weight and the forms on tensors follow from the formula.
  console.log(`weight at p = 0.5: ${own.weight(0.5)}`);

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
