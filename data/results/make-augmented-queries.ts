/**
 * Makes augmented-queries.json: what the loss attack sees if each query goes through a random crop and flip first, as
 * test data and attack queries do in the official code, beside queries as they are.
 *
 *   npx ccl study run cifar10-cnn-plain --out OUT
 *   npx ccl study run cifar10-cnn --out OUT
 *   npx ccl study run cifar10-resnet18 --out OUT
 *   npx tsx data/results/make-augmented-queries.ts OUT
 *
 * Takes those targets of cross-entropy and of CCEL whose weights, and those of their shadow models, are in OUT. Trains
 * nothing; about a minute a target.
 */
import { auc } from '../../src/metrics/auc';
import { augmentation } from '../../src/data/augmentation';
import { takeLabels, type Dataset } from '../../src/data/dataset';
import { blockData } from '../../src/experiments/block-data';
import { withLocalPlan } from '../../src/experiments/executors/open-executor';
import { type EpochView, lossAttackOn } from '../../src/experiments/model-path';
import type { PlannedModel } from '../../src/experiments/plan';
import { openStore, type Store } from '../../src/experiments/store/store';
import { compactNumber } from '../../src/figures/text';
import { study } from '../../src/experiments/study';
import { modelFromData } from '../../src/models/registry';
import { inNetworkOrder } from '../../src/models/weights-file';
import { openBackend } from '../../src/platform/backend/backend';
import type { TensorFlow } from '../../src/platform/backend/tensor';
import { joined } from '../../src/platform/math/joined';
import { mean } from '../../src/platform/math/quantile';
import { ceLosses, correct } from '../../src/signals/log-softmax';
import { studies } from '../../src/studies/registry';
import { askModel } from '../../src/training/train';
import type { AskedAttack, AugmentedQueries } from './augmented-queries';
import { writeRows } from './write-rows';

const draws = 5;
/** What leaks enough for queries to hide something. */
const methods = ['ce', 'ccel alpha=0.5'];
const names = ['cifar10-cnn-plain', 'cifar10-cnn', 'cifar10-resnet18'] as const;
const crops = augmentation('crop-flip', {});

type Target = AugmentedQueries['targets'][number];

/** A model's answers on its own records: as they are, and after each draw. */
interface Answers {
  readonly plain: EpochView;
  readonly drawn: readonly EpochView[];
}

async function main([out]: readonly string[]): Promise<void> {
  if (out === undefined)
    throw new Error('Say where the studies are: npx tsx data/results/make-augmented-queries.ts OUT');
  const { tf } = await openBackend({ threads: 1 });
  const store = openStore(out);
  const targets: Target[] = [];
  for (const name of names) {
    await withLocalPlan(study(studies[name]), async ({ plan, data }) => {
      for (const {
        defense,
        seed,
        targets: [target],
        shadows: [shadow],
      } of plan.runs) {
        if (!methods.includes(defense.key)) continue;
        const models = [target, shadow].map((planned) => answersOf(tf, store, data, planned));
        if (models.some((answers) => answers === null)) continue;
        const [asked, known] = models as Answers[];
        const attacks = {
          plain: attackOn(asked.plain, known.plain, data.classes),
          once: attackOn(asked.drawn[0], known.drawn[0], data.classes),
          several: attackOn(meanOf(asked.drawn), meanOf(known.drawn), data.classes),
        };
        targets.push({ study: name, method: defense.key, seed, ...attacks });
        console.log(JSON.stringify(targets[targets.length - 1]));
      }
    });
  }
  const head = {
    schema: 'ccl-lab/augmented-queries/1',
    command: 'npx tsx data/results/make-augmented-queries.ts OUT',
    draws,
  } satisfies Partial<AugmentedQueries>;
  writeRows('augmented-queries.json', head, 'targets', targets);
}

function answersOf(
  tf: TensorFlow,
  store: Store,
  data: Dataset,
  { block, place }: PlannedModel,
): Answers | null {
  const weights = store.readWeights(block)?.[place];
  if (weights === undefined) return null;
  const network = modelFromData(block.model);
  const arrays = inNetworkOrder(network, weights);
  const dealt = blockData(block, data);
  const own = dealt.recordsOf(block.models[place]);
  const records = joined(Int32Array, [own.members, own.nonMembers]);
  const labels = takeLabels(data, records);
  const members = Uint8Array.from(records, (_, i) => (i < own.members.length ? 1 : 0));
  const { x } = dealt.take(records, own);
  const view = (inputs: Float32Array): EpochView => {
    const logits = askModel(tf, network, { ...arrays, ema: null }, inputs);
    const signals = { n: records.length, classes: data.classes, logits, labels, members };
    return { losses: ceLosses(signals), correct: correct(signals), labels, members };
  };
  const { role, index } = block.models[place];
  return {
    plain: view(x),
    drawn: Array.from({ length: draws }, (_, epoch) =>
      view(crops.forTraining(x, data.image!, records, { seed: block.seed, role, index, epoch })),
    ),
  };
}

function meanOf(views: readonly EpochView[]): EpochView {
  const [first] = views;
  return { ...first, losses: first.losses.map((_, i) => mean(views.map(({ losses }) => losses[i]))) };
}

function attackOn(target: EpochView, shadow: EpochView, classes: number): AskedAttack {
  const { estimate, low, high } = auc(
    target.losses.map((loss) => -loss),
    target.members,
  );
  const others = [...target.correct].filter((_, i) => target.members[i] === 0);
  return {
    testAccuracy: compactNumber(mean(others)),
    auc: { estimate: compactNumber(estimate), low: compactNumber(low!), high: compactNumber(high!) },
    advantage: compactNumber(lossAttackOn(target, [shadow], classes).advantage),
  };
}

main(process.argv.slice(2)).catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
