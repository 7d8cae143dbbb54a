import type { ReadLimits } from './limits';

export interface GunzipOptions {
  /** The exact size of the content. */
  readonly expectedBytes?: number;
  /** The most that the content may have. */
  readonly maxBytes?: number;
  readonly limits?: ReadLimits;
}
/** The content of a .gz file. */
export async function gunzip(path: string, options: GunzipOptions = {}): Promise<Uint8Array> {
  throw new Error(`not there yet ${path} ${options.maxBytes}`);
}
