'use strict';
// Which versions the project runs on. This file must stay readable for old Node.js versions: it is what tells
// their users to change.

const nodeRule = '20 (from 20.12) or 22';
const pythonRule = '3.10 or newer, with venv';

/** `version` like "20.12.0"; true when the project runs on it. */
function nodeIsSupported(version) {
  const [major, minor] = version.split('.').map(Number);
  return (major === 20 && minor >= 12) || major === 22;
}

/** The error text for an unsupported Node.js version, or null. */
function nodeComplaint(version) {
  if (nodeIsSupported(version)) return null;
  const newer = Number(version.split('.')[0]) > 22;
  const why = newer
    ? 'TensorFlow.js 4.22 calls functions that Node.js removed in 23'
    : 'odd, old and unmaintained versions are not tested and lack functions that the project calls';
  return (
    `Node.js ${version} cannot run ccl-lab.\n` +
    `  Rule: Node.js ${nodeRule}; ${why}.\n` +
    '  What to do: install Node.js 22, for example with "nvm install 22 && nvm use 22", and run the command again.'
  );
}

/** `version` like [3, 11]; TensorFlow's wheel is only unpacked, so its own upper limit does not count. */
function pythonIsSupported([major, minor]) {
  return major === 3 && minor >= 10;
}

const pythonCommands = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10'];
const compilerCommands = ['g++', 'c++', 'clang++'];

/**
 * The first usable Python among probes, in their order.
 * @param {{command: string, version: number[] | null, venv: boolean}[]} probes  version null: it did not run
 * @returns {{command?: string, version?: number[], why?: string}} the choice, or why there is none
 */
function choosePython(probes) {
  const good = probes.find((p) => p.version !== null && pythonIsSupported(p.version) && p.venv);
  if (good) return { command: good.command, version: good.version };
  const ran = probes.filter((p) => p.version !== null);
  if (ran.length === 0) return { why: `no Python was found (tried ${pythonCommands.join(', ')})` };
  const withoutVenv = ran.find((p) => pythonIsSupported(p.version));
  if (withoutVenv) {
    return { why: `Python ${withoutVenv.version.join('.')} (${withoutVenv.command}) has no venv module` };
  }
  const found = ran.map((p) => `${p.command} is ${p.version.join('.')}`).join(', ');
  return { why: `${found}; the rule is Python ${pythonRule}` };
}

/** Whether TensorFlow has a wheel of its C library for this platform; null when it has, else why not. */
function platformComplaint(platform, arch) {
  if (platform === 'linux' && (arch === 'x64' || arch === 'arm64')) return null;
  if (platform === 'darwin' && arch === 'arm64') return null;
  if (platform === 'darwin') return 'TensorFlow has no wheel for Macs with Intel processors any more';
  if (platform === 'win32') return 'Windows is not supported directly; use WSL2';
  return `TensorFlow has no wheel for ${platform} on ${arch}`;
}

module.exports = {
  nodeRule,
  pythonRule,
  nodeIsSupported,
  nodeComplaint,
  pythonIsSupported,
  pythonCommands,
  compilerCommands,
  choosePython,
  platformComplaint,
};
