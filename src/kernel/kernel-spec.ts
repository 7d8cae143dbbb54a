import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from '../paths';

/** The name by which notebooks ask for the kernel. */
export const kernelName = 'ccl';

/** The content of kernel.json: how Jupyter starts this checkout's kernel with this Node. */
export function kernelSpec(env: Readonly<Record<string, string>> = {}): object {
  return {
    argv: [process.execPath, path.join(projectRoot, 'src', 'kernel', 'kernel.cjs'), '{connection_file}'],
    display_name: 'CCL (TypeScript)',
    language: 'typescript',
    env,
    metadata: { debugger: false },
  };
}

/**
 * Writes kernels/ccl/kernel.json under a folder, which thereby can stand in JUPYTER_PATH.
 *
 * @param env variables that the kernel gets besides Jupyter's own
 */
export function writeKernelSpec(folder: string, env?: Readonly<Record<string, string>>): void {
  const place = path.join(folder, 'kernels', kernelName);
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, 'kernel.json'), `${JSON.stringify(kernelSpec(env), undefined, 2)}\n`);
}
