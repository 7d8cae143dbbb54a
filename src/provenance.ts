import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './paths';

/** Which program made something. No part of any identity: what the program computes has revisions of its own. */
export interface Program {
  readonly name: 'ccl-lab';
  readonly version: string;
  /** Of the clone; null in the package, and where git is not at hand. */
  readonly commit: string | null;
  /** Whether files of the commit were changed; null without a commit. */
  readonly isChanged: boolean | null;
}

let known: Program | undefined;

/** This program; asked of git once. */
export function thisProgram(): Program {
  return (known ??= { name: 'ccl-lab', version: projectVersion(), ...commitOf(projectRoot) });
}

/** The version in package.json. */
export function projectVersion(): string {
  return (JSON.parse(readFileSync(join(projectRoot, 'package.json'), 'utf8')) as { version: string }).version;
}

/** What git says of a clone. */
export function commitOf(folder: string): Pick<Program, 'commit' | 'isChanged'> {
  const git = (...args: string[]): string =>
    execFileSync('git', ['-C', folder, ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  // A folder inside of another repository is none.
  if (!existsSync(join(folder, '.git'))) return { commit: null, isChanged: null };
  try {
    const commit = git('rev-parse', 'HEAD');
    return { commit, isChanged: git('status', '--porcelain', '--untracked-files=no') !== '' };
  } catch {
    return { commit: null, isChanged: null };
  }
}

/** For people: «ccl-lab 0.2.0, commit 1a2b3c4d5e6f (changed)». */
export function programWords({ name, version, commit, isChanged }: Program): string {
  const known =
    commit === null ? '' : `, commit ${commit.slice(0, 12)}${isChanged === true ? ' (changed)' : ''}`;
  return `${name} ${version}${known}`;
}
