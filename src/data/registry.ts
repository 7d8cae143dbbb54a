import { unknownName } from '../options';
import type { Dataset } from './dataset';
import { loadLocation30 } from './location30';

/** All data sets by name. */
export const datasets = {
  location30: { title: 'Location30', load: (): Promise<Dataset> => loadLocation30() },
} as const;

export type DatasetName = keyof typeof datasets;

export const datasetNames = Object.keys(datasets) as DatasetName[];

/**
 * Loads and checks a data set.
 *
 * @throws UserError for an unknown name, or a file that is missing or not what it should be
 */
export async function dataset(name: DatasetName): Promise<Dataset> {
  if (!Object.prototype.hasOwnProperty.call(datasets, name))
    throw unknownName('data set', String(name), datasetNames);
  return datasets[name].load();
}
