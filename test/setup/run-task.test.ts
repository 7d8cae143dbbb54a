import { spawn } from 'node:child_process';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { until } from './fake-project';
import { load } from './load';

const module = JSON.stringify(path.join(projectRoot, 'src', 'platform', 'setup', 'processes.mjs'));
const wrapper = (task: string) =>
  `import(${module}).then(async (m) => { process.exitCode = await m.runTask(process.execPath, ['-e', ${JSON.stringify(task)}]); })`;
const wait = 'console.log(process.pid); setTimeout(() => {}, 30000);';

function start(command: string, args: string[]) {
  const env = { ...process.env, npm_lifecycle_event: 'start' };
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit'] });
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  return {
    child,
    text: () => text,
    status: new Promise<number | null>((resolve) => child.on('exit', resolve)),
  };
}

describe('a task that set-up has started', () => {
  it('passes its exit status on', async () => {
    expect(await start(process.execPath, ['-e', wrapper('process.exit(7)')]).status).toBe(7);
  });

  it('gets the signals that its script gets, and may end in its own way', async () => {
    const polite = `process.on('SIGINT', () => process.exit(9)); ${wait}`;
    const run = start(process.execPath, ['-e', wrapper(polite)]);
    await until(() => run.text() !== '', 'the task');
    run.child.kill('SIGINT');
    expect(await run.status).toBe(9);
  });

  it('ends when npm was killed, also with a shell in between', async () => {
    const { identity } = await load('processes.mjs');
    // This outer process stands for npm, which runs its script through a shell.
    const npm = `require('node:child_process').spawn('sh', ['-c', '"$0" -e "$1"; true', process.execPath, ${JSON.stringify(wrapper(wait))}], {stdio: 'inherit'});`;
    const run = start(process.execPath, ['-e', npm]);
    await until(() => run.text() !== '', 'the task');
    const task = Number(run.text());
    expect(identity(task)).not.toBeNull();
    await new Promise((resolve) => setTimeout(resolve, 300));
    run.child.kill('SIGKILL');
    await until(() => identity(task) === null, 'the end of the task');
  });
});
