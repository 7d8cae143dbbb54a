// Types of kernel-spec.mjs, for the TypeScript side.
export interface KernelPlace {
  /** The project's folder. */
  root: string;
  /** The Node.js that runs the kernel; default the one that runs now. */
  node?: string;
}
export function kernelSpec(place: KernelPlace): object;
export function kernelSpecFile(prefix: string): string;
export function writeKernelSpec(place: KernelPlace & { prefix: string }): string;
export function writeUserKernelSpec(place: KernelPlace & { dataFolder: string }): string;
export function userJupyterFolder(where: {
  env: Readonly<Record<string, string | undefined>>;
  home: string;
  platform: string;
}): string;
