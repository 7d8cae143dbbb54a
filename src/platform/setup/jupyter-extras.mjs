import { copyFileSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { writeAtomic } from './files.mjs';

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
