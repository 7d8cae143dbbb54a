/**
 * What running code can ask of the notebook kernel, wherever it stands. The library must not import the
 * kernel, so it looks this object up by its global name and does without when there is none:
 *
 *     const kernel = (globalThis as { [key: symbol]: unknown })[Symbol.for('ccl-lab.kernel')];
 *
 * Outside a notebook that is undefined.
 */

/** One value in several forms: MIME type to text, to a JSON value (for `…json` types), or to bytes. */
export type MimeBundle = Readonly<Record<string, unknown>>;

/** Metadata of a bundle, by MIME type or as the front end defines it. */
export type BundleMetadata = Readonly<Record<string, unknown>>;

/** Something shown in a cell's output that can be replaced in place. */
export interface DisplayHandle {
  /** Jupyter's display_id. */
  readonly id: string;
  /** Replaces what is shown, also after the cell that showed it has ended. */
  update(bundle: MimeBundle, metadata?: BundleMetadata): void;
}

export interface KernelHook {
  /** Aborted when the user interrupts the running cell; every cell has a fresh one. */
  readonly signal: AbortSignal;
  /**
   * Shows a bundle in the output of the running cell.
   *
   * @throws TypeError when the bundle is not an object or cannot be written as JSON
   */
  display(bundle: MimeBundle, metadata?: BundleMetadata): DisplayHandle;
}

/** The name under which the hook stands in globalThis. */
export const kernelHookKey: unique symbol = Symbol.for('ccl-lab.kernel');

/** Makes the hook known to all code of this process. */
export function installKernelHook(hook: KernelHook): void {
  Object.defineProperty(globalThis, kernelHookKey, { value: hook, configurable: true, enumerable: false });
}
