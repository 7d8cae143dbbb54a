import type { Dataset } from '../data/dataset';
import { modelFromData } from '../models/registry';
import {
  blockTitle,
  currentRevisions,
  type BlockSpec,
  type ComputeEnvironment,
  type ModelAddress,
} from './block';
import type { Method, Study } from './study';

/** A target with the shadow models that its attacks need. */
export interface PlannedRun {
  readonly method: Method;
  readonly seed: number;
  readonly target: BlockSpec;
  readonly shadows: readonly BlockSpec[];
}

/**
 * The runs of a study. A shadow model imitates its target: same loss, same settings, its own half of the records, its
 * own start weights and batch order.
 */
export function planRuns(study: Study, dataset: Dataset, compute: ComputeEnvironment): PlannedRun[] {
  const { spec: model, revision } = modelFromData({
    name: 'mlp',
    options: { features: dataset.features, hidden: study.hidden, classes: dataset.classes },
  });
  return study.seeds.flatMap((seed) =>
    study.methods.map((method) => {
      const block = (role: ModelAddress['role'], index: number): BlockSpec => ({
        data: { name: study.data, sha256: dataset.sha256, canaries: null },
        split: { name: 'quarters', options: { stratified: false } },
        model,
        augmentation: { name: 'none', options: {} },
        defense: method.loss,
        recipe: study.recipe,
        seed,
        models: [{ role, index }],
        part: null,
        compute,
        revisions: currentRevisions(revision, method.loss.name),
      });
      const shadows = Array.from({ length: study.shadows }, (_, index) => block('shadow', index));
      return { method, seed, target: block('target', 0), shadows };
    }),
  );
}

/** All blocks of a plan, with a title for progress lines. */
export function blocksOf(runs: readonly PlannedRun[]): { spec: BlockSpec; title: string }[] {
  return runs.flatMap(({ method, target, shadows }) =>
    [target, ...shadows].map((spec) => ({ spec, title: blockTitle(spec, method.label) })),
  );
}
