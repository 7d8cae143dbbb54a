import { cifarLayouts } from './cifar-layouts';
import type { DatasetDefinition } from './dataset';
import { imageNpz } from './image-npz';

const words = (text: string): string[] => text.trim().split(/\s+/);

const fine = words(`
  apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus butterfly
  camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch crab crocodile cup
  dinosaur dolphin elephant flatfish forest fox girl hamster house kangaroo keyboard lamp lawn_mower
  leopard lion lizard lobster man maple_tree motorcycle mountain mouse mushroom oak_tree orange orchid
  otter palm_tree pear pickup_truck pine_tree plain plate poppy porcupine possum rabbit raccoon ray
  road rocket rose sea seal shark shrew skunk skyscraper snail snake spider squirrel streetcar
  sunflower sweet_pepper table tank telephone television tiger tractor train trout tulip turtle
  wardrobe whale willow_tree wolf woman worm
`);

const coarse = words(`
  aquatic_mammals fish flowers food_containers fruit_and_vegetables household_electrical_devices
  household_furniture insects large_carnivores large_man-made_outdoor_things
  large_natural_outdoor_scenes large_omnivores_and_herbivores medium_mammals non-insect_invertebrates
  people reptiles small_mammals trees vehicles_1 vehicles_2
`);

/** CIFAR-100: 50,000 training and 10,000 test pictures of 32 x 32 pixels in colour; 100 fine classes in 20 coarse ones. */
export function cifar100(labels: 'fine' | 'coarse' = 'fine'): DatasetDefinition {
  const classNames = labels === 'fine' ? fine : coarse;
  return {
    facts: {
      name: 'cifar100',
      title: labels === 'fine' ? 'CIFAR-100' : 'CIFAR-100 (20 coarse classes)',
      records: 60_000,
      features: 3072,
      classes: classNames.length,
      officialTrain: 50_000,
      image: { height: 32, width: 32, channels: 3 },
      classNames,
      files: [
        {
          name: 'cifar-100-binary.tar.gz',
          urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz'],
          bytes: 168_513_733,
          md5: '03b5dce01913d631647c71ecec9e9cb8',
        },
      ],
      otherFiles: [
        {
          name: 'cifar-100-python.tar.gz',
          urls: ['https://www.cs.toronto.edu/~kriz/cifar-100-python.tar.gz'],
          md5: 'eb9058c3a382ffc7106e4002c42a8d85',
        },
        { name: 'train.bin', urls: [], md5: '6172c7755cfe09b2fe270c85cebc1b15' },
        { name: 'test.bin', urls: [], md5: '4499cfba6c016c1be1438163640a0898' },
      ],
      homepage: 'https://www.cs.toronto.edu/~kriz/cifar.html',
      source: 'A. Krizhevsky, V. Nair, G. Hinton: labeled part of the tiny images of MIT',
      license: 'none stated',
      citation: 'A. Krizhevsky: Learning multiple layers of features from tiny images. 2009',
      notes: [
        'Order: train, then test. The paper pools both and splits anew.',
        'Of the 60,000 pictures 59,974 are distinct. In a membership study a picture may then be member and non-member at once: `cleanRecords` leaves the copies out, `exactDuplicates` lists them.',
      ],
    },
    folders: ['cifar100', 'cifar-100', 'CIFAR100'],
    size: 'fixed',
    revision: 1,
    layouts: [
      ...cifarLayouts({
        batches: ['train', 'test'],
        binaryFolder: 'cifar-100-binary',
        binaryArchive: 'cifar-100-binary.tar.gz',
        pythonFolder: 'cifar-100-python',
        pythonArchive: 'cifar-100-python.tar.gz',
        labelBytes: 2,
        labelByte: labels === 'fine' ? 1 : 0,
        labelKey: `${labels}_labels`,
      }),
      ...(labels === 'fine' ? [imageNpz(['cifar100.npz', 'cifar-100.npz'])] : []),
    ],
  };
}
