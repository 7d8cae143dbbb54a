import { createHash } from 'node:crypto';
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { identity } from './processes.mjs';

/** The folder with package.json, three above this file. */
export const projectRoot = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..', '..', '..');

/** Where set-up keeps its stamps, logs and downloads; ignored by git, deletable at any time. */
export const workFolder = (root) => path.join(root, '.setup');
const temporaryFolder = (root) => path.join(workFolder(root), 'temporary');

let counter = 0;
/** A new name in .setup/temporary; what is left there by a killed set-up is removed by the next one. */
export function temporaryName(root, stem) {
  mkdirSync(temporaryFolder(root), { recursive: true });
  return path.join(temporaryFolder(root), `${stem}.${process.pid}.${counter++}`);
}

/** Removes what killed processes left; what a living one is working on (the twins have a lock of their own) stays. */
export function removeTemporaryFiles(root) {
  for (const name of list(temporaryFolder(root))) {
    const owner = Number(name.split('.').at(-2));
    if (owner !== process.pid && identity(owner) !== null) continue;
    rmSync(path.join(temporaryFolder(root), name), { recursive: true, force: true });
  }
}

/** Writes through a temporary name beside the target, so that nobody ever reads half a file. */
export function writeAtomic(file, text) {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}.${counter++}.tmp`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Takes a folder away at once (a rename) and then deletes it, so that a kill leaves no half of it in place. */
export function removeFolder(root, folder) {
  if (!existsSync(folder)) return;
  const away = temporaryName(root, 'removed');
  renameSync(folder, away);
  rmSync(away, { recursive: true, force: true });
}

export function readJson(file) {
  try {
    return JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    return null;
  }
}

export function sha256(text) {
  return createHash('sha256').update(text).digest('hex');
}

/** Size and time of change of a file, as a text to compare; null when there is none. Links are followed. */
export function trace(file) {
  try {
    const s = statSync(file);
    return `${s.size}:${Math.round(s.mtimeMs)}`;
  } catch {
    return null;
  }
}

/** The first executable file of that name on PATH, or null. */
export function findOnPath(name, env = process.env) {
  for (const folder of (env.PATH ?? '').split(path.delimiter)) {
    if (folder === '') continue;
    const file = path.join(folder, name);
    try {
      accessSync(file, constants.X_OK);
      if (statSync(file).isFile()) return file;
    } catch {
      // not there, or not ours to run
    }
  }
  return null;
}

export function isWritable(folder) {
  try {
    accessSync(folder, constants.W_OK);
    return statSync(folder).isDirectory();
  } catch {
    return false;
  }
}

export function list(folder) {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
