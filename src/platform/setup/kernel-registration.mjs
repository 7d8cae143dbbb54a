import { homedir } from 'node:os';
import path from 'node:path';
import {
  kernelSpecFile,
  userJupyterFolder,
  writeKernelSpec,
  writeUserKernelSpec,
} from '../kernel/kernel-spec.mjs';
import { trace } from './files.mjs';
import { addJupyterExtras, labSettings } from './jupyter-extras.mjs';
import { SetupError, say } from './messages.mjs';
import { pythonPackages } from './python.mjs';
import { isFresh } from './stamp.mjs';

/** The kernel «CCL (TypeScript)», in .venv only. */
export const kernelRegistration = {
  name: 'kernel-registration',
  title: 'kernel «CCL (TypeScript)» in .venv',
  inputs: () => [process.execPath],
  traces: ({ root }) => {
    const venv = path.join(root, '.venv');
    return [trace(kernelSpecFile(venv)), trace(labSettings(venv))];
  },
  blocked(context) {
    if (isFresh(pythonPackages, context)) return null;
    return { why: 'there is no Jupyter in .venv', remedy: 'mend the Python environment first' };
  },
  run: ({ root }) => {
    const venv = path.join(root, '.venv');
    writeKernelSpec({ root, prefix: venv });
    addJupyterExtras(root, venv);
  },
};

/** `npm run kernel:install`: for VS Code and other Jupyter installs of this user. */
export function installForUser(root, env = process.env) {
  const home = env.HOME || homedir();
  const dataFolder = userJupyterFolder({ env, home, platform: process.platform });
  try {
    const file = writeUserKernelSpec({ root, dataFolder });
    say(`The kernel «CCL (TypeScript)» is registered: ${file}`);
    say(`To remove it, delete the folder ${path.dirname(file)}.`);
  } catch (error) {
    throw new SetupError({
      what: 'Registering the kernel failed.',
      why: `${dataFolder} cannot be written (${error.message})`,
      remedy: 'set JUPYTER_DATA_DIR to a folder that can be written and that your Jupyter reads',
    });
  }
}
