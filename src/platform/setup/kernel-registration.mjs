import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import {
  kernelSpecFile,
  userJupyterFolder,
  writeKernelSpec,
  writeUserKernelSpec,
} from '../kernel/kernel-spec.mjs';
import { trace, writeAtomic } from './files.mjs';
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

// What .venv gets beside the packages of its lock file, by copying: no build, no download.

/** The site-packages of a virtual environment, or null. */
function sitePackages(venv) {
  const lib = path.join(venv, 'lib');
  const python = existsSync(lib) ? readdirSync(lib).find((name) => /^python3/.test(name)) : undefined;
  const found = python ? path.join(lib, python, 'site-packages') : path.join(venv, 'Lib', 'site-packages');
  return existsSync(found) ? found : null;
}

/** Lets papermill, if it is installed there, write parameters in TypeScript (src/platform/kernel/papermill). */
function addTranslator(root, venv) {
  const packages = sitePackages(venv);
  if (packages === null) return;
  const source = path.join(root, 'src', 'platform', 'kernel', 'papermill', 'ccl_papermill.py');
  copyFileSync(source, path.join(packages, 'ccl_papermill.py'));
  const info = path.join(packages, 'ccl_papermill-1.0.0.dist-info');
  mkdirSync(info, { recursive: true });
  writeAtomic(path.join(info, 'METADATA'), 'Metadata-Version: 2.1\nName: ccl-papermill\nVersion: 1.0.0\n');
  writeAtomic(path.join(info, 'entry_points.txt'), '[papermill.engine]\nccl = ccl_papermill:Engine\n');
}

export const labSettings = (venv) => path.join(venv, 'share', 'jupyter', 'lab', 'settings', 'overrides.json');

/** JupyterLab's first start asks nobody whether they want news; whoever wants them switches them on in its settings. */
function quietLab(venv) {
  const settings = { '@jupyterlab/apputils-extension:notification': { fetchNews: 'false' } };
  mkdirSync(path.dirname(labSettings(venv)), { recursive: true });
  writeAtomic(labSettings(venv), `${JSON.stringify(settings, null, 2)}\n`);
}

export function addJupyterExtras(root, venv) {
  addTranslator(root, venv);
  quietLab(venv);
}
