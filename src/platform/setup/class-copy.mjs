import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { SetupError } from './messages.mjs';

/** Where the answers of the exercises are; a copy for students has none. */
export const solutionsFolder = path.join('notebooks', 'solutions');

/**
 * Copies the project for students: everything but the solutions and what .gitignore names (packages, outputs). The copy is
 * made under a temporary name and renamed, and never replaces anything.
 *
 * @returns the names of the notebooks in the copy
 * @throws SetupError if there is something at `target` already, or if an exercise in a notebook is answered
 */
export function copyForClass(root, target) {
  if (existsSync(target)) {
    throw new SetupError({
      what: `${target} exists already.`,
      why: 'students may have worked in it',
      remedy: 'name another folder, or remove that one first',
    });
  }
  requireUnanswered(path.join(root, 'notebooks'));
  const leftOut = ignored(readFileSync(path.join(root, '.gitignore'), 'utf8'));
  const solutions = path.join(root, solutionsFolder);
  mkdirSync(path.dirname(target), { recursive: true });
  const temporary = `${target}.${process.pid}.tmp`;
  try {
    mkdirSync(temporary);
    // Name by name: copying a folder into one of its own would be refused, although that one is left out.
    for (const name of readdirSync(root)) {
      const filter = (from) => {
        const file = path.relative(root, from).split(path.sep).join('/');
        return from !== solutions && !leftOut(file);
      };
      const from = path.join(root, name);
      if (filter(from)) cpSync(from, path.join(temporary, name), { recursive: true, filter });
    }
    renameSync(temporary, target);
  } catch (error) {
    rmSync(temporary, { recursive: true, force: true });
    throw error;
  }
  return notebooksIn(path.join(target, 'notebooks'));
}

/** What .gitignore leaves out: it has names (`out/`, `a/b/`), endings (`*.log`) and exceptions (`!data/x.tgz`) only. */
function ignored(gitignore) {
  const lines = gitignore.split('\n').map((line) => line.trim());
  const rules = lines.filter((line) => line !== '' && !/^[#!]/.test(line));
  const endings = rules.filter((rule) => rule.startsWith('*.')).map((rule) => rule.slice(1));
  const names = new Set(['.git', ...rules.map((rule) => rule.replace(/\/$/, ''))]);
  const kept = new Set(lines.filter((line) => line.startsWith('!')).map((line) => line.slice(1)));
  return (file) => {
    if (kept.has(file)) return false;
    return (
      names.has(file) || names.has(path.posix.basename(file)) || endings.some((end) => file.endsWith(end))
    );
  };
}

function notebooksIn(folder) {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.ipynb'))
    .sort();
}

/** An exercise waits for its answer with a line like `const myAlpha: number | null = null;`. */
function requireUnanswered(folder) {
  for (const name of notebooksIn(folder)) {
    const { cells } = JSON.parse(readFileSync(path.join(folder, name), 'utf8'));
    for (const { source } of cells) {
      const text = [].concat(source).join('');
      const [, answer] = /^console\.log\((?:await )?exercises\.check\w+\('(\w+)'/m.exec(text) ?? [];
      if (answer === undefined || new RegExp(`^const ${answer}: .*\\| null = null;`).test(text)) continue;
      throw new SetupError({
        what: `An exercise of ${name} is answered: ${text.split('\n')[0]}`,
        why: 'students would see it',
        remedy: 'set it back to null and save the notebook',
      });
    }
  }
}
