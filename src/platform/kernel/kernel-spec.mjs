import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';

// Plain Node without dependencies: set-up calls it before anything else is known to work.

/** What Jupyter reads: how to start the kernel, and how it is called in menus. */
export function kernelSpec({ root, node = process.execPath }) {
  return {
    argv: [node, path.join(root, 'src', 'platform', 'kernel', 'kernel.cjs'), '{connection_file}'],
    display_name: 'CCL (TypeScript)',
    language: 'typescript',
    // The thread of the sockets hears an interrupt also while a cell computes.
    interrupt_mode: 'message',
    metadata: { debugger: false },
  };
}

export const kernelSpecFile = (prefix) =>
  path.join(prefix, 'share', 'jupyter', 'kernels', 'ccl', 'kernel.json');

/**
 * Registers the kernel for all Jupyter programs that look below `prefix`/share/jupyter.
 * @param {{root: string, prefix: string, node?: string}} where  root: the project's folder
 * @returns {string} the path of kernel.json
 */
export function writeKernelSpec({ root, prefix, node }) {
  return writeSpec(kernelSpecFile(prefix), { root, node });
}

/** The same below a Jupyter data folder, which is already `…/share/jupyter` or its equal on macOS. */
export function writeUserKernelSpec({ root, dataFolder, node }) {
  return writeSpec(path.join(dataFolder, 'kernels', 'ccl', 'kernel.json'), { root, node });
}

/** The user's Jupyter data folder by Jupyter's own rules. */
export function userJupyterFolder({ env, home, platform }) {
  if (env.JUPYTER_DATA_DIR) return env.JUPYTER_DATA_DIR;
  if (platform === 'darwin') return path.join(home, 'Library', 'Jupyter');
  return path.join(env.XDG_DATA_HOME || path.join(home, '.local', 'share'), 'jupyter');
}

function writeSpec(file, options) {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    writeFileSync(temporary, `${JSON.stringify(kernelSpec(options), null, 2)}\n`);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  return file;
}
