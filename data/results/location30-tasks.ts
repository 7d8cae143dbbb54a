import { loadLocation30 } from '../../src/data/location30';
import { split } from '../../src/data/split';
import type { MeasuredDefenses } from '../../src/defenses/measured';
import { model } from '../../src/models/registry';
import type { Backend } from '../../src/platform/backend/backend';
import type { Defense } from '../../src/training/defense';
import type { Recipe } from '../../src/training/recipe';
import { takeRecords } from '../../src/training/records';
import type { TrainingTask } from '../../src/training/task';

/** Trainings on the fifths of Location30 with the paper's network, apart from any study: a target and its shadow model. */
export async function location30Tasks(backend: Backend): Promise<{
  readonly data: MeasuredDefenses['data'];
  tasksOf(defense: Defense, recipe: Recipe, seed: number): Record<'target' | 'shadow', TrainingTask>;
}> {
  const dataset = await loadLocation30();
  const all = { x: Float32Array.from(dataset.x), y: dataset.y };
  const { name, records, features, classes, sha256 } = dataset;
  return {
    data: { name, records, features, classes, sha256, partSize: Math.floor(records / 5) },
    tasksOf(defense, recipe, seed) {
      const parts = split('fifths').deal(dataset, seed);
      const common = {
        backend,
        network: model('mlp', { features, classes }),
        recipe,
        defense,
        inference: takeRecords(all, parts.inference),
      };
      const task = (
        role: 'target' | 'shadow',
        members: Int32Array,
        nonMembers: Int32Array,
      ): TrainingTask => ({
        ...common,
        members: takeRecords(all, members),
        nonMembers: takeRecords(all, nonMembers),
        key: { seed, role, index: 0 },
      });
      return {
        target: task('target', parts.targetMembers, parts.targetNonMembers),
        shadow: task('shadow', parts.shadowMembers, parts.shadowNonMembers),
      };
    },
  };
}
