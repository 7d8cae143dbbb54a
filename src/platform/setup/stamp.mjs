import { rmSync } from 'node:fs';
import path from 'node:path';
import { readJson, sha256, workFolder, writeAtomic } from './files.mjs';

// A stamp says that a step was finished: with which inputs (a hash) and what it left behind (sizes and times of
// files, to notice that somebody removed or replaced them). It is removed before a step begins and written last.

const file = (root, name) => path.join(workFolder(root), 'stamps', `${name}.json`);
// What holds no absolute path is `movable`: it stays when the folder of the project is moved.
export function inputsOf(step, context) {
  return sha256(JSON.stringify([step.movable ? null : context.root, step.inputs(context)]));
}

export function readStamp(root, name) {
  return readJson(file(root, name));
}

export function isFresh(step, context) {
  const stamp = readStamp(context.root, step.name);
  if (stamp === null || stamp.inputs !== inputsOf(step, context)) return false;
  const traces = step.traces(context);
  return !JSON.stringify(traces).includes('null') && JSON.stringify(stamp.traces) === JSON.stringify(traces);
}

export function removeStamp(root, name) {
  rmSync(file(root, name), { force: true });
}

/** `inputs` as they were when the step began, so that a change during the work is noticed next time. */
export function writeStamp(step, context, inputs, milliseconds, result) {
  const stamp = {
    inputs,
    traces: step.traces(context),
    seconds: milliseconds / 1000,
    result: result ?? null,
  };
  writeAtomic(file(context.root, step.name), `${JSON.stringify(stamp, null, 1)}\n`);
}
