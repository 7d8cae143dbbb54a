// node environment.mjs [--json]: what this machine offers and what set-up made of it. `ccl doctor` reads the JSON form
// and adds what only a running backend can tell.
import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync } from 'node:fs';
import { homedir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { kernelSpecFile, userJupyterFolder } from '../kernel/kernel-spec.mjs';
import { findOnPath, list, projectRoot, readJson } from './files.mjs';
import { findCompiler } from './native-binding.mjs';
import { isInstalled } from './npm-packages.mjs';
import { findPython } from './python.mjs';
import { forcedBackend, makeContext, projectSteps, readState, walk } from './set-up.mjs';
import { nodeIsSupported, nodeRule, pythonRule } from './versions.cjs';

/**
 * @typedef {object} Missing
 * @property {string} what  what is not there
 * @property {string} effect  what does not work without it
 * @property {string} remedy  the command that mends it
 * @typedef {object} Environment
 * @property {string} root
 * @property {{system: string, arch: string}} platform
 * @property {{version: string, supported: boolean, rule: string, path: string}} node
 * @property {string | null} npm  its version
 * @property {{version: string | null, command: string | null, rule: string, why: string | null}} python  to make .venv with
 * @property {{command: string | null, version: string | null}} compiler
 * @property {boolean} npmPackages  whether node_modules is what package-lock.json says
 * @property {boolean} setUp  whether every step that is possible here is done
 * @property {string | null} forcedBackend  CCL_BACKEND
 * @property {import('./set-up.mjs').SetupState | null} state  .setup/state.json
 * @property {{version: string} | null} jupyterLab  in .venv
 * @property {{inVenv: string | null, forUser: string | null}} kernel  the kernel.json files that exist
 * @property {boolean} twins  whether .venv-twins is there
 * @property {Missing[]} missing
 * @property {boolean} canRun  whether the main job (training and attacking) can run
 */

function version(command, args, env) {
  if (command === null) return null;
  try {
    const options = { env, encoding: 'utf8', timeout: 20_000, stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync(command, args, options).split('\n')[0].trim() || null;
  } catch {
    return null;
  }
}

function jupyterLab(root) {
  const lib = path.join(root, '.venv', 'lib');
  for (const python of list(lib)) {
    for (const name of list(path.join(lib, python, 'site-packages'))) {
      const match = /^jupyterlab-(\d[^-]*)\.dist-info$/.exec(name);
      if (match) return { version: match[1] };
    }
  }
  return null;
}

function kernelFiles(root, env) {
  const inVenv = kernelSpecFile(path.join(root, '.venv'));
  const dataFolder = userJupyterFolder({ env, home: env.HOME || homedir(), platform: process.platform });
  const forUser = path.join(dataFolder, 'kernels', 'ccl', 'kernel.json');
  // The user's kernel may belong to another clone.
  const isOurs = readJson(forUser)?.argv?.[1] === path.join(root, 'src', 'platform', 'kernel', 'kernel.cjs');
  return { inVenv: existsSync(inVenv) ? inVenv : null, forUser: isOurs ? forUser : null };
}

/** @returns {Missing[]} */
function findMissing(report) {
  const missing = [];
  const add = (what, effect, remedy) => missing.push({ what, effect, remedy });
  if (!report.node.supported) add(`Node.js ${nodeRule}`, 'nothing runs', 'nvm install 22 && nvm use 22');
  if (!report.npmPackages) add('npm packages', 'nothing runs', 'npm run setup');
  const { state } = report;
  if (state === null) {
    add(
      'a finished set-up',
      'the slow WebAssembly backend is used, and there are no notebooks',
      'npm run setup',
    );
    return missing;
  }
  if (state.backend !== 'native') {
    const effect = 'training is about 7 times slower and convolutional networks cannot be trained';
    add(`the native backend (${state.reason})`, effect, state.remedy ?? 'npm run setup');
  }
  if (!state.notebooks.ready) {
    add(
      `Jupyter (${state.notebooks.reason})`,
      'notebooks do not run',
      state.notebooks.remedy ?? 'npm run setup',
    );
  }
  if (!report.setUp && missing.length === 0)
    add('a finished set-up', 'some of it is out of date', 'npm run setup');
  return missing;
}

/** @returns {Promise<Environment>} */
export async function reportEnvironment({ root = projectRoot, env = process.env } = {}) {
  const context = makeContext(root, env);
  const forced = forcedBackend(env);
  const python = findPython(context.env);
  const compiler = findCompiler(env);
  const report = {
    root,
    platform: { system: process.platform, arch: process.arch },
    node: {
      version: process.versions.node,
      supported: nodeIsSupported(process.versions.node),
      rule: nodeRule,
      path: process.execPath,
    },
    npm: version(findOnPath('npm', env), ['--version'], env),
    python: {
      version: python.version?.join('.') ?? null,
      command: python.command ?? null,
      rule: pythonRule,
      why: python.why ?? null,
    },
    compiler: { command: compiler, version: version(compiler, ['--version'], env) },
    npmPackages: isInstalled(root),
    setUp: (await walk(context, projectSteps(forced), null)) !== null,
    forcedBackend: forced,
    state: readState(root),
    jupyterLab: jupyterLab(root),
    kernel: kernelFiles(root, env),
    twins: existsSync(path.join(root, '.venv-twins', 'bin', 'python')),
  };
  return { ...report, missing: findMissing(report), canRun: report.node.supported && report.npmPackages };
}

function asText(report) {
  const none = (value, otherwise) => value ?? otherwise;
  const { state } = report;
  return [
    `Node.js ${report.node.version}, npm ${none(report.npm, 'not found')}, ${report.platform.system} ${report.platform.arch}`,
    `Python: ${none(report.python.version, report.python.why)}`,
    `C++ compiler: ${none(report.compiler.version, 'none')}`,
    `Backend: ${state === null ? 'not set up' : `${state.backend} (${state.reason})`}`,
    `GPU: ${state?.gpu.reason ?? 'not looked for yet'}`,
    `JupyterLab: ${report.jupyterLab?.version ?? 'none'}; kernel: ${none(report.kernel.inVenv, 'not registered')}`,
    ...report.missing.map((m) => `Missing: ${m.what}. Without it ${m.effect}. To mend it: ${m.remedy}`),
  ].join('\n');
}

const called =
  process.argv[1] !== undefined && existsSync(process.argv[1]) ? realpathSync(process.argv[1]) : '';
if (called === fileURLToPath(import.meta.url)) {
  const report = await reportEnvironment();
  console.log(process.argv.includes('--json') ? JSON.stringify(report, null, 2) : asText(report));
  process.exitCode = report.canRun ? 0 : 1;
}
