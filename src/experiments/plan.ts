import type { Dataset } from '../data/dataset';
import type { Defense } from '../training/defense';
import { teachersOf } from '../training/train';
import { UserError } from '../errors';
import { behaviorOf } from './behavior/behavior';
import { isMlp } from '../models/mlp-ensemble';
import type { Network } from '../models/network';
import { modelFromData } from '../models/registry';
import {
  type Block,
  blockId,
  type BlockSpec,
  blockTitle,
  type ComputeEnvironment,
  currentRevisions,
  type ModelAddress,
} from './block';
import { blockData } from './block-data';
import type { Study } from './study';
import type { StudyDefense } from './study-defenses';

/** A model of a plan: the block that holds it, and which of the block's models it is. */
export interface PlannedModel {
  readonly block: BlockSpec;
  readonly place: number;
}

/** The models of one defense and seed. */
export interface PlannedRun {
  readonly defense: StudyDefense;
  readonly seed: number;
  /** The attacked models: one, or all of an ensemble, in turn. */
  readonly targets: readonly PlannedModel[];
  /** Trained by the adversary for the target; of an ensemble none, since each target has the others. */
  readonly shadows: readonly PlannedModel[];
}

/** A block to be trained, with what must be finished before. */
export interface PlannedBlock extends Block {
  readonly id: string;
  readonly title: string;
  /** Ids of the blocks that this one reads. */
  readonly needs: readonly string[];
}

/** Everything that a study trains. */
export interface Plan {
  readonly runs: readonly PlannedRun[];
  /** Each block once, what is needed before what needs it. */
  readonly blocks: readonly PlannedBlock[];
}

/**
 * The plan of a study. A shadow model imitates its target: same defense, same settings, its own records, start weights and
 * batch order; with a non-adaptive adversary it has the study's first defense. Shadow models and ensembles train in
 * blocks of several where their defense allows it.
 *
 * @param wanted which defenses of which seeds; default all
 * @throws UserError if the network does not fit the data
 */
export function planStudy(
  study: Study,
  dataset: Dataset,
  compute: ComputeEnvironment,
  wanted: (defense: StudyDefense, seed: number) => boolean = () => true,
): Plan {
  const network = studyNetwork(study, dataset);
  const blocks = new Map<string, PlannedBlock>();
  const add = (defense: StudyDefense, seed: number, models: readonly ModelAddress[]): PlannedModel[] => {
    const spec = blockSpec({ study, dataset, compute, network, defense, seed, models });
    const block = { spec, defense: defense.defense, source: study.data };
    const teachers = dependenciesOf(block, dataset);
    for (const teacher of teachers) put(blocks, teacher, defense.label, []);
    put(
      blocks,
      block,
      defense.label,
      teachers.map(({ spec: each }) => blockId(each)),
    );
    return models.map((_, place) => ({ block: spec, place }));
  };
  const [baseline] = study.defenses;
  const sizeOf = (defense: StudyDefense): number =>
    modelsAtOnce(defense, network, study.augmentation, study.chunk);
  const runs = study.seeds.flatMap((seed) =>
    study.defenses
      .filter((defense) => wanted(defense, seed))
      .map((defense): PlannedRun => {
        if (study.ensemble !== null) {
          const all = addresses('target', study.ensemble);
          const targets = cut(all, sizeOf(defense)).flatMap((block) => add(defense, seed, block));
          return { defense, seed, targets, shadows: [] };
        }
        const [target] = add(defense, seed, [{ role: 'target', index: 0 }]);
        const imitated = study.adversary === 'adaptive' ? defense : baseline;
        const shadows = cut(addresses('shadow', study.shadows), sizeOf(imitated)).flatMap((block) =>
          add(imitated, seed, block),
        );
        return { defense, seed, targets: [target], shadows };
      }),
  );
  return { runs, blocks: [...blocks.values()] };
}

function addresses(role: ModelAddress['role'], count: number): ModelAddress[] {
  return Array.from({ length: count }, (_, index) => ({ role, index }));
}

function put(blocks: Map<string, PlannedBlock>, block: Block, label: string, needs: readonly string[]): void {
  const id = blockId(block.spec);
  if (!blocks.has(id)) blocks.set(id, { ...block, id, title: blockTitle(block.spec, label), needs });
}

function blockSpec({
  study,
  dataset,
  compute,
  network,
  defense,
  seed,
  models,
}: {
  study: Study;
  dataset: Dataset;
  compute: ComputeEnvironment;
  network: Network;
  defense: StudyDefense;
  seed: number;
  models: readonly ModelAddress[];
}): BlockSpec {
  const { split, canaries, ensemble, augmentation } = study;
  const { name, options } = defense.defense;
  const behavior = behaviorOf(defense.defense);
  return {
    data: {
      name: dataset.name,
      sha256: dataset.sha256,
      canaries: canaries === null ? null : { counts: canaries, copies: 2, models: ensemble! },
      // Left out where nothing is scaled: the names of earlier blocks stay.
      ...(dataset.scaling !== undefined && { scaling: dataset.scaling.kind }),
    },
    split,
    model: network.spec,
    augmentation,
    defense: { name, options },
    recipe: defense.fullRecipe,
    seed,
    models,
    part: null,
    compute,
    revisions: currentRevisions(network.revision, defense.defense, models.length),
    ...(behavior !== undefined && { behavior }),
  };
}

/**
 * The network of a study, with the sizes that the data set asks for.
 *
 * @throws UserError for an unknown option, or `hidden` with a network that is no MLP
 */
export function studyNetwork({ model, hidden }: Pick<Study, 'model' | 'hidden'>, dataset: Dataset): Network {
  const { classes, features, image } = dataset;
  const name = model?.name ?? (image === undefined ? 'mlp' : 'cnn');
  if (hidden !== null && name !== 'mlp') {
    throw new UserError(`"hidden" is for the network mlp, but the study has ${name}. Leave it out.`);
  }
  const size =
    name === 'mlp'
      ? { features, ...(hidden !== null && { hidden: [...hidden] }) }
      : { input: image && [image.height, image.width, image.channels] };
  if (name !== 'mlp' && image === undefined) {
    throw new UserError(
      `The network ${name} is for pictures, but the records of ${dataset.title} are none. Use mlp.`,
    );
  }
  return modelFromData({ name, options: { classes, ...size, ...model?.options } });
}

/**
 * Cuts models into the blocks that they train in. The cut depends on the plan alone, never on what is there already.
 *
 * @param size how many train together at most
 */
export function cut(models: readonly ModelAddress[], size: number): readonly (readonly ModelAddress[])[] {
  return Array.from({ length: Math.ceil(models.length / size) }, (_, i) =>
    models.slice(i * size, (i + 1) * size),
  );
}

/** How many models of a defense go into one block: those that can train as an ensemble, else one. */
export function modelsAtOnce(
  { defense, fullRecipe }: StudyDefense,
  network: Network,
  augmentation: BlockSpec['augmentation'],
  wanted: number,
): number {
  const plain = isMlp(network) && augmentation.name === 'none' && fullRecipe.patience === null;
  return plain && changesLossOnly(defense) ? wanted : 1;
}

/** Whether a defense leaves batches, gradients and the number of models alone. */
function changesLossOnly({ changes, needs, teachers }: Defense): boolean {
  const inLoop = changes.some((change) => change === 'batch' || change === 'gradient');
  return teachers === undefined && !inLoop && needs.length === 0;
}

/**
 * The blocks that must be in the store before this one can be trained: one a teacher of its model.
 *
 * @param dataset the plain data set that the block names
 */
export function dependenciesOf(block: Block, dataset: Dataset): Block[] {
  const { spec, defense } = block;
  if (spec.part !== null || defense.teachers === undefined) return [];
  const [address] = spec.models;
  const data = blockData(spec, dataset);
  const records = data.recordsOf(address);
  const teachers = teachersOf({
    defense,
    network: modelFromData(spec.model),
    members: data.take(records.members, records),
    inference: records.inference === null ? undefined : data.take(records.inference, records),
    key: { seed: spec.seed, ...address },
  });
  return teachers.map((_, part) => ({ ...block, spec: { ...spec, part } }));
}
