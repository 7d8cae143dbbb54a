import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';

const read = (...path: string[]): string => readFileSync(join(projectRoot, ...path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

// No Docker builds them here, so only what can be compared is.
it('Dockerfile and development container name stages and scripts that are there, and say that they are untested', () => {
  const docker = read('Dockerfile');
  const text = read('.devcontainer', 'devcontainer.json');
  const { config, error } = ts.parseConfigFileTextToJson('devcontainer.json', text);
  expect(error).toBeUndefined();
  expect(docker).toContain(` AS ${config.build.target}\n`);
  for (const [, script] of `${docker}${config.postCreateCommand}`.matchAll(/npm run ([\w:]+)/g))
    expect(scripts).toHaveProperty([script]);
  expect(docker).toMatch(/^FROM node:22-bookworm/m);
  for (const each of [docker, text]) expect(each).toMatch(/untested/i);
});
