// Trains networks on Location30 and attacks one of them, from the records to a ROC curve. In a clone:
//
//     npx tsx examples/train-and-attack.ts
//
// takes about a minute; CCL_SMOKE=1 makes everything tiny.
import { attack, data, dataset, defense, metrics, model, openBackend, recipe, signals, train } from 'ccl-lab';

const smoke = process.env.CCL_SMOKE === '1';

async function main(): Promise<void> {
  // Data: the places where 5,010 people have been, 446 zeros and ones each, in 30 classes.
  const people = await dataset('location30');
  const everybody = Int32Array.from({ length: smoke ? 400 : people.records }, (_, record) => record);
  const x = data.takeFeatures(people, everybody);
  const y = data.takeLabels(people, everybody);

  // Split: each of the models is trained on half of the records, each record is in half of the models. Model 0 is the
  // target; the others belong to the adversary, who has records of the same kind and trains as the target was trained.
  const models = smoke ? 4 : 8;
  const masks = data.halfMasks(everybody.length, models, 1);

  // Network and loss: change 'ce' to 'ccel', { alpha: 0.5 } and compare; a loss is the simplest defense.
  const network = model('mlp', {
    features: people.features,
    classes: people.classes,
    hidden: [smoke ? 16 : 128],
  });
  const trainedWith = defense('ce');

  // Training: plain steps of SGD, the same bits each time. Outputs of members come first, then those of the others.
  const backend = await openBackend();
  const logits: Float32Array[] = [];
  for (const [m, mask] of masks.entries()) {
    const members = everybody.filter((record) => mask[record] === 1);
    const others = everybody.filter((record) => mask[record] === 0);
    const { state } = await train({
      backend,
      network,
      defense: trainedWith,
      recipe: recipe('study', smoke ? { epochs: 2, milestones: [] } : { epochs: 30, milestones: [20] }),
      members: recordsOf(x, y, members),
      nonMembers: recordsOf(x, y, others),
      key: { seed: 1, role: m === 0 ? 'target' : 'shadow', index: Math.max(0, m - 1) },
    });
    logits.push(inRecordOrder(state.outputs, [...members, ...others], people.classes));
    const { losses, correct } = state.history[state.history.length - 1];
    const loss = mean(losses.subarray(0, members.length)).toFixed(3);
    console.log(
      `model ${m}: mean loss of members ${loss}, test accuracy ${mean(correct.subarray(members.length)).toFixed(3)}`,
    );
  }

  // Signals: what all models say about every record, and who was trained on it. Nothing else goes into an attack.
  const set = signals.memorySignalSet({ logits, labels: y, members: masks, classes: people.classes });
  const target = set.model(0);

  // Attacks: one score a record, higher = member. The loss attack sees the target alone; LiRA compares it with the others.
  const attacks = {
    'loss attack': attack('loss').scores(set, { seed: 1 }).scores,
    LiRA: attack('lira', { variance: 'global' }).scores(set, { seed: 1 }).scores,
  };

  // ROC: how many members each attack finds, by how many non-members it accuses.
  for (const [name, scores] of Object.entries(attacks)) {
    const { estimate, low, high } = metrics.auc(scores, target.members);
    console.log(
      `${name}: AUC ${estimate.toFixed(3)}, 95 % interval ${low?.toFixed(3)} to ${high?.toFixed(3)}`,
    );
    const curve = metrics.rocCurve(scores, target.members);
    for (const fpr of [0.001, 0.01, 0.1]) {
      console.log(`  TPR at ${100 * fpr} % FPR: ${metrics.tprAtFpr(curve, fpr).toFixed(3)}`);
    }
  }
}

const mean = (values: Float64Array | Uint8Array): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

/** Records as `train` takes them: features row-major [n, d], labels [n]. */
function recordsOf(x: Float32Array, y: Int32Array, records: Int32Array) {
  const width = x.length / y.length;
  const rows = new Float32Array(records.length * width);
  records.forEach((record, i) => rows.set(x.subarray(record * width, (record + 1) * width), i * width));
  return { x: rows, y: Int32Array.from(records, (record) => y[record]) };
}

/** Outputs [n, k] in the order of the records, from those in the order in which a model was asked. */
function inRecordOrder(outputs: Float32Array, asked: readonly number[], classes: number): Float32Array {
  const ordered = new Float32Array(outputs.length);
  asked.forEach((record, i) =>
    ordered.set(outputs.subarray(i * classes, (i + 1) * classes), record * classes),
  );
  return ordered;
}

export const done = main().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
