import type { ImageShape } from './dataset';

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
