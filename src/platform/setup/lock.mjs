import { mkdirSync, readFileSync, rmSync, rmdirSync, statSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import path from 'node:path';
import { readJson, writeAtomic } from './files.mjs';
import { say, seconds } from './messages.mjs';
import { endOrphans, identity, isAlive } from './processes.mjs';

const patienceAcrossHosts = 30 * 60_000;
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Takes the lock file, waiting while a living process holds it. The lock of a dead process is taken over, after
 * what it had started is ended.
 * @returns {Promise<{waited: boolean, addChild: (pid: number) => void, removeChild: (pid: number | undefined) => void, release: () => void}>}
 */
export async function takeLock(file, { poll = 200, tell = say } = {}) {
  mkdirSync(path.dirname(file), { recursive: true });
  const mine = { pid: process.pid, identity: identity(process.pid), host: hostname(), children: [] };
  const start = Date.now();
  let waited = false;
  for (;;) {
    if (create(file, mine)) break;
    const holder = readJson(file);
    if (isStale(file, holder)) {
      await takeAway(file, holder);
      continue;
    }
    if (!waited)
      tell(`Another set-up (process ${holder?.pid ?? '?'}) is at work in this folder; waiting for it …`);
    waited = true;
    await pause(poll);
  }
  if (waited) tell(`  waited ${seconds(Date.now() - start)}`);
  return {
    waited,
    addChild(pid) {
      mine.children.push({ pid, identity: identity(pid) });
      writeAtomic(file, JSON.stringify(mine));
    },
    removeChild(pid) {
      mine.children = mine.children.filter((child) => child.pid !== pid);
      writeAtomic(file, JSON.stringify(mine));
    },
    release() {
      if (readJson(file)?.pid === process.pid) rmSync(file, { force: true });
    },
  };
}

function create(file, content) {
  try {
    writeFileSync(file, JSON.stringify(content), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  }
}

function age(file) {
  try {
    return Date.now() - statSync(file).mtimeMs;
  } catch {
    return 0;
  }
}

function isStale(file, holder) {
  if (holder === null) return age(file) > 2000; // killed between creating and writing it
  if (holder.host !== hostname()) return age(file) > patienceAcrossHosts;
  return !isAlive(holder.pid, holder.identity);
}

// Two waiting processes may see the same stale lock; a second, very short lock lets only one of them remove it.
async function takeAway(file, seen) {
  const guard = `${file}.takeover`;
  try {
    mkdirSync(guard);
  } catch {
    if (age(guard) > 30_000) rmSync(guard, { recursive: true, force: true });
    await pause(50);
    return;
  }
  try {
    const current = safeRead(file);
    if (current === null || current !== (seen === null ? current : JSON.stringify(seen))) return;
    if (seen !== null && seen.host === hostname())
      for (const child of seen.children ?? []) await endOrphans(child);
    rmSync(file, { force: true });
  } finally {
    rmdirSync(guard);
  }
}

function safeRead(file) {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
