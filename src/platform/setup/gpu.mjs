import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { findOnPath } from './files.mjs';

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
