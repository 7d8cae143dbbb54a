import { binaryNpz, featuresAndLabels, featuresAndLabelsArchive } from './binary-tables';
import type { DatasetDefinition } from './dataset';

const folders = ['', 'texas/100/', 'dataset_texas/', '100/'];

/** Texas100: 67,330 hospital stays with 6,169 binary features, in the 100 most frequent procedures. */
export const texas100: DatasetDefinition = {
  facts: {
    name: 'texas100',
    title: 'Texas100',
    records: 67_330,
    features: 6_169,
    classes: 100,
    files: [
      {
        name: 'dataset_texas.tgz',
        urls: [
          'https://www.comp.nus.edu.sg/~reza/files/dataset_texas.tgz',
          'https://github.com/privacytrustlab/datasets/raw/master/dataset_texas.tgz',
        ],
        gitBlob: '966f7ff40b24cf5912ff84759aab9adb8c25f30e',
      },
    ],
    otherFiles: [
      {
        name: 'texas100.npz',
        urls: ['https://github.com/xehartnort/Purchase100-Texas100-datasets'],
        gitBlob: 'b9be7604db17e9b09ee1b53e2e7c715186c0ff19',
        isPackedByAnyone: true,
      },
    ],
    homepage: 'https://github.com/privacytrustlab/datasets',
    source:
      'hospital discharge data of the Texas Department of State Health Services, prepared by Shokri et al., S&P 2017',
    license: 'none stated',
    citation:
      'R. Shokri, M. Stronati, C. Song, V. Shmatikov: Membership inference attacks against machine learning models. S&P 2017',
    notes: [
      'No source states a checksum; the file is compared with its git blob id in the repository of its authors.',
    ],
  },
  folders: ['texas100', 'texas'],
  size: 'fixed',
  revision: 1,
  layouts: [
    featuresAndLabels(
      folders.map((folder) => `${folder}feats`),
      folders.map((folder) => `${folder}labels`),
    ),
    featuresAndLabelsArchive(['dataset_texas.tgz', 'dataset_texas.tar.gz']),
    binaryNpz(['texas100.npz']),
  ],
};
