export interface ImageOptions {
  /** The most pixels (width x height) that a picture may have; 2^26 (67 million) unless given. */
  readonly pixelLimit?: number;
  /** Scale the shorter side to `shorter`, then cut a square of `crop` from the middle. */
  readonly resize?: { readonly shorter: number; readonly crop: number };
  /** For messages, where bytes are given. */
  readonly name?: string;
}
export interface DecodedImage {
  readonly width: number;
  readonly height: number;
  readonly channels: 3;
  /** RGB, row by row. */
  readonly pixels: Uint8Array;
}
export async function decodeImage(
  source: Uint8Array | string,
  options: ImageOptions = {},
): Promise<DecodedImage> {
  throw new Error(`not there yet ${source.length} ${options.pixelLimit}`);
}
