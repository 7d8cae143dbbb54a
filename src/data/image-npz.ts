import type { ImageShape, DatasetFacts, Layout } from './dataset';
import { UserError } from '../errors';
import { openNpz, type NpzFile } from '../platform/formats/npz';
import { classLabels } from './binary-tables';

/** The .npz form of Keras: x_train, y_train, x_test, y_test; pixels uint8, channels last or (three of them) first. */
export function imageNpz(names: readonly string[]): Layout {
  return {
    title: `${names.join(' or ')} (arrays x_train, y_train, x_test, y_test)`,
    paths: [names],
    async read([path], facts, limits) {
      const { records, features, officialTrain = records } = facts;
      const x = new Uint8Array(records * features);
      const y = new Int32Array(records);
      const npz = await openNpz(path, limits);
      try {
        await readPart(npz, 'train', { x, y, start: 0, count: officialTrain }, facts);
        await readPart(npz, 'test', { x, y, start: officialTrain, count: records - officialTrain }, facts);
      } finally {
        npz.close();
      }
      return { x, y };
    },
  };
}

async function readPart(
  npz: NpzFile,
  part: 'train' | 'test',
  { x, y, start, count }: { x: Uint8Array; y: Int32Array; start: number; count: number },
  facts: DatasetFacts,
): Promise<void> {
  const what = `${npz.path}: x_${part}`;
  const { height, width, channels } = facts.image!;
  const { shape, data } = await npz.read(`x_${part}`);
  const last = [count, height, width, channels].join();
  const first = [count, channels, height, width].join();
  const found = shape.join();
  const fits = found === last || found === first || (channels === 1 && `${found},1` === last);
  if (!fits || !(data instanceof Uint8Array)) {
    throw new UserError(
      `${what} is ${shape.join(' x ')}, but uint8 ${last.replace(/,/g, ' x ')} was expected. It is another data set.`,
    );
  }
  if (found === first && found !== last) {
    for (let i = 0; i < count; i++) {
      planesToPixels(data, i * facts.features, x, (start + i) * facts.features, facts.image!);
    }
  } else {
    x.set(data, start * facts.features);
  }
  const labels = await npz.read(`y_${part}`);
  // Keras keeps CIFAR's labels as a column.
  const flat = labels.shape.length === 2 && labels.shape[1] === 1 ? { ...labels, shape: [count] } : labels;
  const sizes = { records: count, classes: facts.classes, first: 0 } as const;
  y.set(classLabels(`${npz.path}: y_${part}`, flat, sizes), start);
}

/** Copies one picture stored channel by channel (planes) to pixel by pixel with the channels innermost. */
export function planesToPixels(
  planes: Uint8Array,
  from: number,
  pixels: Uint8Array,
  to: number,
  { height, width, channels }: ImageShape,
): void {
  const plane = height * width;
  if (channels === 3) {
    // The usual case, unrolled: it is most of the time that CIFAR takes to open.
    for (let i = 0, at = to; i < plane; i++, at += 3) {
      pixels[at] = planes[from + i];
      pixels[at + 1] = planes[from + plane + i];
      pixels[at + 2] = planes[from + 2 * plane + i];
    }
    return;
  }
  for (let channel = 0; channel < channels; channel++) {
    for (let i = 0; i < plane; i++) {
      pixels[to + i * channels + channel] = planes[from + channel * plane + i];
    }
  }
}
