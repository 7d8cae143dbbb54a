import { z } from 'zod';
import { parseOptions, unknownName } from '../options';
import { cifar10 } from './cifar10';
import { cifar100 } from './cifar100';
import type { Dataset, DatasetDefinition, DatasetFacts } from './dataset';
import { fashionMnist } from './fashion-mnist';
import { imagenet, type ImageNetOptions, tinyImagenet } from './imagenet';
import { loadDataset, type LoadOptions } from './load-dataset';
import { loadLocation30, location30Facts } from './location30';
import { mnist } from './mnist';
import { purchase100 } from './purchase100';
import { syntheticDatasets } from './synthetic';
import { texas100 } from './texas100';
import { offering } from '../running-cell';

/** A data set of the registry: what is known about it, and how it comes into memory. */
export interface RegisteredDataset<Options> {
  readonly title: string;
  /** True if its records are generated; its name then starts with `synthetic-`. */
  readonly synthetic: boolean;
  /** Options by name, each with a default. */
  readonly options: z.ZodType<Options, z.ZodTypeDef, unknown>;
  /** What is known before it is loaded. */
  readonly facts?: DatasetFacts;
  /** The files it is read from, for the same options; undefined if it is embedded or generated. */
  definition?(options: Options): DatasetDefinition;
  load(options: Options): Promise<Dataset>;
}

const loading = {
  dataDir: z.string().optional(),
  maxMemory: z.number().positive().optional(),
  cache: z.boolean().optional(),
};
const loadOptions = z.strictObject(loading);

function fromFiles(definition: DatasetDefinition): RegisteredDataset<LoadOptions> {
  const { facts } = definition;
  return {
    title: facts.title,
    synthetic: false,
    options: loadOptions,
    facts,
    definition: () => definition,
    load: (options) => loadDataset(definition, options),
  };
}

const cifar100Options = z.strictObject({ ...loading, labels: z.enum(['fine', 'coarse']).optional() });

const imagenetOptions = z.strictObject({
  ...loading,
  size: z.number().int().min(8).max(512).optional(),
  perClass: z.number().int().positive().optional(),
  classNames: z.array(z.string()).min(2).optional(),
});

/** All data sets by name. */
export const datasets = {
  location30: {
    title: 'Location30',
    synthetic: false,
    options: loadOptions,
    facts: location30Facts,
    load: () => loadLocation30(),
  } as RegisteredDataset<LoadOptions>,
  purchase100: fromFiles(purchase100),
  texas100: fromFiles(texas100),
  cifar10: fromFiles(cifar10),
  cifar100: {
    title: 'CIFAR-100',
    synthetic: false,
    options: cifar100Options,
    facts: cifar100().facts,
    definition: ({ labels }) => cifar100(labels),
    load: (options) => loadDataset(cifar100(options.labels), options, options.labels),
  } as RegisteredDataset<z.output<typeof cifar100Options>>,
  'fashion-mnist': fromFiles(fashionMnist),
  mnist: fromFiles(mnist),
  'tiny-imagenet': fromFiles(tinyImagenet),
  imagenet: {
    title: 'ImageNet',
    synthetic: false,
    options: imagenetOptions,
    facts: imagenet().facts,
    definition: (options) => imagenet(options),
    load: (options) => loadDataset(imagenet(options), options, imagenet(options).variant),
  } as RegisteredDataset<ImageNetOptions & LoadOptions>,
  ...syntheticDatasets,
} as const;

export type DatasetName = keyof typeof datasets;

/** All names that `dataset` takes. */
export const datasetNames = Object.keys(datasets) as DatasetName[];

/** The options that the data set of that name takes; each has a default. */
export type DatasetOptions<Name extends DatasetName> = Parameters<(typeof datasets)[Name]['load']>[0];

/**
 * Loads and checks a data set, e.g. `dataset('cifar10', { dataDir: '/data' })`. A wrong name or option fails in the
 * editor.
 *
 * @throws UserError for an unknown name or option, or files that are missing or not what they should be
 *
 * @example
 * ```ts
 * import { dataset } from 'ccl-lab';
 *
 * const people = await dataset('location30');
 * console.log(people.records, people.features, people.classes); // prints 5010 446 30
 * ```
 */
export async function dataset<Name extends DatasetName>(
  name: Name,
  options?: DatasetOptions<Name>,
): Promise<Dataset> {
  const entry = registered(name);
  return entry.load(parseOptions(`data set ${name}`, entry.options, options));
}

offering(dataset, () => datasetNames);

/** @throws UserError for an unknown name */
export function registered(name: string): RegisteredDataset<unknown> {
  if (!Object.prototype.hasOwnProperty.call(datasets, name)) {
    throw unknownName('data set', String(name), datasetNames);
  }
  return datasets[name as DatasetName] as RegisteredDataset<unknown>;
}
