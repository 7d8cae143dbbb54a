import { binaryNpz, labeledCsv, labeledCsvArchive } from './binary-tables';
import type { DatasetDefinition } from './dataset';

/** Purchase100: which of 600 products 197,324 customers bought (binary), in 100 clusters. */
export const purchase100: DatasetDefinition = {
  facts: {
    name: 'purchase100',
    title: 'Purchase100',
    records: 197_324,
    features: 600,
    classes: 100,
    files: [
      {
        name: 'dataset_purchase.tgz',
        urls: [
          'https://www.comp.nus.edu.sg/~reza/files/dataset_purchase.tgz',
          'https://github.com/privacytrustlab/datasets/raw/master/dataset_purchase.tgz',
        ],
        gitBlob: '3efa7476ad5ed7ac3e558d28585a186b38fc5f19',
      },
    ],
    otherFiles: [
      {
        name: 'purchase100.npz',
        urls: ['https://github.com/xehartnort/Purchase100-Texas100-datasets'],
        gitBlob: 'aa8b5b1d2f4066c2144959bdf2e284031b199e39',
        isPackedByAnyone: true,
      },
    ],
    homepage: 'https://github.com/privacytrustlab/datasets',
    source: "purchase histories of Kaggle's «acquire valued shoppers», prepared by Shokri et al., S&P 2017",
    license: 'none stated (the histories are under the rules of the Kaggle competition)',
    citation:
      'R. Shokri, M. Stronati, C. Song, V. Shmatikov: Membership inference attacks against machine learning models. S&P 2017',
    notes: [
      'The classes are clusters (k-means, 100) of the same features, not something that was observed.',
      'No source states a checksum; the file is compared with its git blob id in the repository of its authors.',
    ],
  },
  folders: ['purchase100', 'purchase', 'dataset_purchase'],
  size: 'fixed',
  revision: 1,
  layouts: [
    labeledCsv(['dataset_purchase', 'dataset_purchase.csv']),
    labeledCsvArchive(['dataset_purchase.tgz', 'dataset_purchase.tar.gz'], 'dataset_purchase'),
    binaryNpz(['purchase100.npz']),
  ],
};
