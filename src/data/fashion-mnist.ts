import type { DatasetDefinition } from './dataset';
import { idxFiles, idxLayouts } from './idx-layouts';

const published = [
  '8d4fb7e6c68d591d4c3dfef9ec88bf0d',
  '25c81989df183df01b3e8a0aad5dffbe',
  'bef4ecab320f06d8554ea6380940ec79',
  'bb300cfdad3c16e7a12a480ee83cd310',
];
const raw = [
  'f4a8712d7a061bf5bd6d2ca38dc4d50a',
  '9018921c3c673c538a1fc5bad174d6f9',
  '8181f5470baa50b63fa0f6fddb340f0a',
  '15d484375f8d13e6eb1aabb0c3f46965',
];

/** Fashion-MNIST: 60,000 training and 10,000 test pictures of clothes, 28 x 28 gray pixels, 10 classes. */
export const fashionMnist: DatasetDefinition = {
  facts: {
    name: 'fashion-mnist',
    title: 'Fashion-MNIST',
    records: 70_000,
    features: 784,
    classes: 10,
    officialTrain: 60_000,
    image: { height: 28, width: 28, channels: 1 },
    classNames: [
      'T-shirt/top',
      'Trouser',
      'Pullover',
      'Dress',
      'Coat',
      'Sandal',
      'Shirt',
      'Sneaker',
      'Bag',
      'Ankle boot',
    ],
    files: idxFiles.map((name, i) => ({
      name: `${name}.gz`,
      urls: [
        `http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/${name}.gz`,
        `https://github.com/zalandoresearch/fashion-mnist/raw/master/data/fashion/${name}.gz`,
      ],
      md5: published[i],
    })),
    otherFiles: idxFiles.map((name, i) => ({ name, urls: [], md5: raw[i] })),
    homepage: 'https://github.com/zalandoresearch/fashion-mnist',
    source: 'pictures of articles of Zalando',
    license: 'MIT',
    citation:
      'H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST: a novel image dataset for benchmarking machine learning algorithms. arXiv:1708.07747',
    notes: ["The files have the same names as MNIST's: keep them in a folder fashion-mnist/ of their own."],
  },
  folders: ['fashion-mnist', 'FashionMNIST/raw', 'fashion'],
  size: 'fixed',
  revision: 1,
  layouts: idxLayouts(['fashion-mnist.npz']),
};
