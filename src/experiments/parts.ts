import type { Dataset } from '../data/dataset';
import { takeFeatures, takeLabels } from '../data/dataset';
import type { DefenseSetup, Part } from '../defenses/defense';
import { defenseSetup, type DefendedTask } from '../defenses/train-defended';
import { modelFromData } from '../models/registry';
import type { Block } from './block';
import { blockData } from './block-data';

/** The parts that a task's defense wants to be trained first. */
export function partsOf(task: DefendedTask): readonly Part[] {
  return task.defense.parts?.(defenseSetup(task)) ?? [];
}

/**
 * The blocks that must be in the store before this one can be trained: one a part of its model.
 *
 * @param dataset the plain data set that the block names
 */
export function dependenciesOf({ spec, defense }: Block, dataset: Dataset): Block[] {
  if (spec.part !== null || defense.parts === undefined) return [];
  const [address] = spec.models;
  const data = blockData(spec, dataset);
  const { members, inference } = data.recordsOf(address);
  const take = (records: Int32Array) => ({
    x: takeFeatures(data.dataset, records),
    y: takeLabels(data.dataset, records),
  });
  const { classes, inputShape } = modelFromData(spec.model);
  const setup: DefenseSetup = {
    members: take(members),
    inference: inference === null ? undefined : take(inference),
    classes,
    inputShape,
    key: { seed: spec.seed, ...address },
  };
  return defense.parts(setup).map((_, part) => ({ spec: { ...spec, part }, defense }));
}
