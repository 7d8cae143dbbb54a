import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs';
import path from 'node:path';
import { findOnPath, list, removeFolder, sha256, temporaryName, trace, workFolder } from './files.mjs';
import { SetupError, requireSpace } from './messages.mjs';
import { lockFile, pipInstall, pythonPackages, readLock, venvPython } from './python.mjs';
import { isFresh } from './stamp.mjs';
import { platformComplaint } from './versions.cjs';

// TensorFlow.js's own installer downloads TensorFlow 2.9 from a vendor's host. The wheel on the Python registry has
// the same C library, newer, and with it the headers. Only these are used, so the wheel of one Python version
// (3.12) serves whatever Python is there.

const lockName = (context) => (context.gpu.use ? 'tensorflow-cuda' : 'tensorflow-cpu');
export const variant = (context) => (context.gpu.use ? 'cuda' : 'cpu');

/** The folder that holds `tensorflow/` and, with CUDA, `nvidia/` beside it, where the library looks for it. */
export function tensorflowHome(context) {
  const hash = sha256(readLock(context.root, lockName(context))).slice(0, 8);
  return path.join(workFolder(context.root), `tensorflow-${variant(context)}-${hash}`);
}

export function libraryFiles(context) {
  const folder = path.join(tensorflowHome(context), 'tensorflow');
  const names =
    process.platform === 'darwin' ? ['cc.2.dylib', 'framework.2.dylib'] : ['cc.so.2', 'framework.so.2'];
  return names.map((name) => path.join(folder, `libtensorflow_${name}`));
}

export function tensorflowVersion(context) {
  return /^tensorflow(?:-cpu)?==(\S+)/m.exec(readLock(context.root, lockName(context)))?.[1] ?? 'unknown';
}

export const tensorflowLibrary = {
  name: 'tensorflow-library',
  movable: true,
  title: (context) =>
    context.gpu.use
      ? "TensorFlow's C library with CUDA (about 3 GB to download)"
      : "TensorFlow's C library (274 MB to download, 0.8 GB on disk)",
  inputs: (context) => [readLock(context.root, lockName(context)), process.platform, process.arch],
  traces: (context) => libraryFiles(context).map(trace),
  blocked(context) {
    const complaint = platformComplaint(process.platform, process.arch);
    if (complaint !== null) return { why: complaint, remedy: 'use Linux, a Mac with Apple silicon, or WSL2' };
    if (isFresh(pythonPackages, context) || existsSync(venvPython(context.root))) return null;
    return {
      why: 'there is no Python environment to download it with',
      remedy: 'mend the Python environment first',
    };
  },
  async run(context) {
    const what = "Installing TensorFlow's C library failed.";
    const home = tensorflowHome(context);
    removeOthers(context, path.basename(home));
    requireSpace(context.root, what, context.gpu.use ? 5e9 : 1e9);
    const temporary = temporaryName(context.root, 'tensorflow');
    mkdirSync(temporary, { recursive: true });
    const target = ['--no-deps', '--python-version', '3.12', '--target', temporary, '--no-compile'];
    const python = venvPython(context.root);
    const args = [...target, '-r', lockFile(context.root, lockName(context))];
    await pipInstall(context, 'tensorflow', what, python, args);
    keepTheLibrary(path.join(temporary, 'tensorflow'));
    removeFolder(context.root, home);
    renameSync(temporary, home);
    if (!libraryFiles(context).every((file) => existsSync(file))) {
      const remedy = 'set CCL_BACKEND=wasm to work without it, or report this platform';
      throw new SetupError({ what, why: 'the wheel does not hold the C library where it should be', remedy });
    }
    return { version: tensorflowVersion(context), variant: variant(context) };
  },
};

// Half of the wheel is Python code that nothing here calls, and a quarter headers of its C++ interface; the binding is
// made with those of the C interface.
function keepTheLibrary(folder) {
  for (const name of readdirSync(folder)) {
    if (name === 'include' || name.startsWith('libtensorflow')) continue;
    rmSync(path.join(folder, name), { recursive: true, force: true });
  }
  const include = path.join(folder, 'include');
  for (const entry of readdirSync(include, { recursive: true, withFileTypes: true })) {
    const file = path.join(entry.parentPath ?? entry.path, entry.name);
    if (!entry.isDirectory() && !isOfC(path.relative(include, file))) rmSync(file);
  }
  removeEmptyFolders(include);
}

const isOfC = (file) => /(^|\/)c\/|\/ctstring/.test(file);

function removeEmptyFolders(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(path.join(folder, entry.name));
  }
  if (readdirSync(folder).length === 0) rmdirSync(folder);
}

// Copies of another version are gone for good; the copy of the other variant (CPU, CUDA) stays for a change of mind.
function removeOthers(context, keep) {
  const mine = `tensorflow-${variant(context)}-`;
  for (const name of list(workFolder(context.root))) {
    if (name.startsWith(mine) && name !== keep)
      removeFolder(context.root, path.join(workFolder(context.root), name));
  }
}

/**
 * Whether an NVIDIA driver is there and wanted.
 * @returns {{use: boolean, driver: string | null, why: string}}
 */
export function findGpu(env, { platform = process.platform, arch = process.arch } = {}) {
  const driver = nvidiaDriver(env);
  if (driver === null) return { use: false, driver, why: 'no NVIDIA driver was found' };
  if (env.CCL_GPU === '0') return { use: false, driver, why: 'CCL_GPU=0 refuses the GPU' };
  if (platform !== 'linux' || arch !== 'x64') {
    return { use: false, driver, why: `TensorFlow has no CUDA wheel for ${platform} on ${arch}` };
  }
  return { use: true, driver, why: 'an NVIDIA driver is present' };
}

// The file first: it costs nothing, and set-up asks at each start. nvidia-smi is for drivers that hide it (WSL2).
function nvidiaDriver(env) {
  if (existsSync('/proc/driver/nvidia/version')) {
    const text = readFileSync('/proc/driver/nvidia/version', 'utf8');
    return /Module\s+(?:for \S+\s+)?(\d[\d.]+)/.exec(text)?.[1] ?? 'unknown version';
  }
  const smi = findOnPath('nvidia-smi', env);
  if (smi === null) return null;
  try {
    const args = ['--query-gpu=driver_version', '--format=csv,noheader'];
    const options = { encoding: 'utf8', timeout: 10_000, stdio: ['ignore', 'pipe', 'ignore'] };
    return execFileSync(smi, args, options).split('\n')[0].trim() || null;
  } catch {
    return null;
  }
}
