import { statfsSync } from 'node:fs';

// What set-up says. Everything goes to stderr, so that a task's own output stays clean on stdout.

/** A failure that a person can act on: what failed, why, what to do. */
export class SetupError extends Error {
  constructor({ what, why, remedy }) {
    super(`${what}\n  Why: ${why}\n  What to do: ${remedy}`);
    this.name = 'SetupError';
    this.what = what;
    this.why = why;
    this.remedy = remedy;
  }
}

export function say(line) {
  process.stderr.write(`${line}\n`);
}

export function seconds(milliseconds) {
  const s = milliseconds / 1000;
  return s < 10 ? `${s.toFixed(1)} s` : `${Math.round(s)} s`;
}

/**
 * Announces a piece of work, which answers whether it went well, and says at its end how long it took. On a terminal the
 * time counts up; elsewhere a line every half minute shows that the work goes on.
 */
export async function timed(title, work) {
  const start = performance.now();
  const terminal = process.stderr.isTTY === true;
  if (terminal) process.stderr.write(`${title} … `);
  else say(`${title} …`);
  const tick = setInterval(
    () => {
      if (terminal)
        process.stderr.write(`\r\x1b[K${title} … ${Math.round((performance.now() - start) / 1000)} s `);
      else say(`  still at work after ${seconds(performance.now() - start)}`);
    },
    terminal ? 1000 : 30_000,
  );
  tick.unref();
  const isDone = await work();
  clearInterval(tick);
  const took = seconds(performance.now() - start);
  if (terminal) process.stderr.write(`\r\x1b[K${title}: ${isDone ? '' : 'failed after '}${took}\n`);
  else say(`  ${isDone ? 'done in' : 'failed after'} ${took}`);
}

// Turns the output of a failed tool into the reason and the remedy that a person needs.

export const diskFull = {
  kind: 'disk-full',
  pattern: /ENOSPC|No space left on device|Disk quota exceeded|EDQUOT/i,
  why: 'the disk is full',
  remedy: 'free some space (a whole set-up takes about 3 GB) and run the same command again',
};

/**
 * Looks whether what a step is going to write has room: npm and pip may try for minutes before they say so.
 * @param {number} bytes  what it takes at least
 */
export function requireSpace(folder, what, bytes) {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  if (free >= bytes) return;
  const [need, left] = [bytes, free].map((size) => `${Math.floor(size / 1e6)} MB`);
  const why = `${diskFull.why}: this takes at least ${need}, and ${left} are free in ${folder}`;
  throw new SetupError({ what, why, remedy: diskFull.remedy });
}

const causes = [
  diskFull,
  {
    kind: 'broken-download',
    pattern:
      /DO NOT MATCH THE HASHES|EINTEGRITY|Hash mismatch|BadZipFile|File is not a zip file|invalid wheel|has an invalid|TAR_BAD_ARCHIVE|zlib: unexpected end|Bad CRC|IncompleteRead/i,
    why: 'a downloaded package is broken or truncated: its checksum is not the one in the lock file',
    remedy:
      'run the same command again; if it happens again, empty the caches ("pip cache purge", "npm cache clean --force") or look whether a proxy changes downloads',
  },
  {
    kind: 'network',
    pattern:
      /ENOTFOUND|ENOTCACHED|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|NewConnectionError|Temporary failure in name resolution|Failed to establish a new connection|Connection refused|Read timed out|ConnectTimeout|ProxyError|SSLError|CERTIFICATE_VERIFY_FAILED/i,
    why: 'the package registry could not be reached',
    remedy: 'look at the network, the proxy and the settings of npm and pip, and run the same command again',
  },
  {
    kind: 'lock-file',
    pattern: /EUSAGE|can only install packages when your package\.json/,
    why: 'package.json and package-lock.json do not belong together',
    remedy:
      'get both from the repository ("git checkout package.json package-lock.json"), or run "npm install" after a change of package.json',
  },
  {
    kind: 'no-wheel',
    pattern: /No matching distribution found|Could not find a version that satisfies|not a supported wheel/i,
    why: 'the registry has no package for this platform',
    remedy: 'use Linux on x86-64 or arm64 with glibc 2.27 or newer, or a Mac with Apple silicon',
  },
  {
    kind: 'permission',
    pattern: /EACCES|EPERM|Permission denied|Read-only file system|EROFS/i,
    why: 'a file or folder may not be written',
    remedy: 'make the folder of the project writable for this user and run the same command again',
  },
];

/** @returns {{kind: string, why: string, remedy: string}} */
export function explainFailure(output) {
  const known = causes.find((cause) => cause.pattern.test(output));
  const tail = lastLines(output, 8);
  if (known)
    return { kind: known.kind, why: known.why + detail(output, known.pattern), remedy: known.remedy };
  return {
    kind: 'unknown',
    why: tail === '' ? 'it said nothing' : `its last lines were\n${tail}`,
    remedy: 'mend what these lines say and run the same command again',
  };
}

/** A reason in one line: of several lines the one that tells of an error, else the last. */
export function oneLine(why) {
  const lines = why.split('\n').map((line) => line.trim());
  if (lines.length === 1) return why;
  const telling = lines.slice(1).find((line) => /\b(error|fatal|cannot|not found)\b/i.test(line));
  return `it said «${telling ?? lines.at(-1)}»`;
}

function detail(output, pattern) {
  const line = output.split(/[\r\n]+/).find((text) => pattern.test(text));
  return line === undefined ? '' : ` (${line.trim().slice(0, 200)})`;
}

export function lastLines(output, count) {
  const lines = output.split(/[\r\n]+/).filter((line) => line.trim() !== '');
  return lines
    .slice(-count)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join('\n');
}
