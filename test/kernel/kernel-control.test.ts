import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot } from '../../src/paths';
import { Session, errorOf, noPythonReason, python, resultOf, streamText } from './session';
import type { Executed } from './session';

if (!python) console.warn(noPythonReason);

describe.skipIf(!python)('the kernel’s life, controlled by Jupyter’s own client', () => {
  let session: Session;

  beforeAll(async () => {
    session = new Session();
    await session.start(projectRoot);
  });
  afterAll(() => session.close());

  const run = (code: string, options: object = {}): Promise<Executed> => session.execute(code, options);

  describe('an interrupt', () => {
    const interrupted = (executed: Executed) => {
      expect(errorOf(executed)).toMatchObject({ ename: 'Interrupted' });
      expect(executed.reply).toMatchObject({ status: 'error', ename: 'Interrupted' });
    };

    it('stops an endless loop, and the kernel stays usable', async () => {
      await run('const kept = 5;');
      const stopped = await session.interrupt('console.log("ready"); while (true) {}');
      interrupted(stopped);
      expect(stopped.seconds).toBeLessThan(5);
      expect(resultOf(await run('kept'))).toEqual({ 'text/plain': '5' });
    });

    it('stops an endless loop that comes after an await', async () => {
      interrupted(await session.interrupt('await null; console.log("ready"); for (;;) {}'));
    });

    it('releases a cell that waits for what never comes', async () => {
      const stopped = await session.interrupt('console.log("ready"); await new Promise(() => {});');
      interrupted(stopped);
      expect(stopped.seconds).toBeLessThan(5);
    });

    it('aborts the signal that work listens to, which every cell has afresh', async () => {
      const listening = await session.interrupt(
        `const hook = (globalThis as any)[Symbol.for("ccl-lab.kernel")];
await new Promise((resolve, reject) => {
  const timer = setInterval(() => {}, 1000);
  hook.signal.addEventListener('abort', () => { clearInterval(timer); console.log('saved'); reject(hook.signal.reason); });
  console.log('ready');
});`,
      );
      interrupted(listening);
      expect(streamText(listening)).toContain('saved');
      expect(errorOf(listening)!.evalue).toBe('the cell was interrupted');
      expect(resultOf(await run('hook.signal.aborted'))).toEqual({ 'text/plain': 'false' });
    });

    it('also comes as a signal, and a second one does not wait', async () => {
      interrupted(
        await session.interrupt('console.log("ready"); while (true) {}', { signal: true, after: 0.05 }),
      );
      for (const signal of [false, true]) {
        const stopped = await session.interrupt('console.log("ready"); await new Promise(() => {});', {
          signal,
          times: 2,
          after: 0.05,
        });
        interrupted(stopped);
        expect(stopped.seconds).toBeLessThan(2);
      }
    });

    it('is heard while types are checked, before anything has run', async () => {
      const code = "import * as library from 'ccl-lab';\n(globalThis as any).ran = Object.keys(library);";
      interrupted(await session.interrupt(code, { checking: true, after: 0.1, timeout: 150 }));
      expect(resultOf(await run('"ran" in globalThis'))).toEqual({ 'text/plain': 'false' });
    });

    it.each([
      'while (true) { await pause(); rounds++; }',
      'async function* turns() { for (;;) { await pause(); yield 1; } }\nfor await (const turn of turns()) rounds += turn;',
    ])('ends a loop that waits, for good: %s', async (loop) => {
      await run('let rounds = 0;\nconst pause = () => new Promise((done) => setTimeout(done, 20));');
      interrupted(await session.interrupt(`console.log("ready");\n${loop}`, { times: 2 }));
      await run('await pause();');
      const before = resultOf(await run('rounds'));
      await run('for (let i = 0; i < 5; i++) await pause();');
      expect(resultOf(await run('rounds'))).toEqual(before);
      expect(Number(before!['text/plain'])).toBeGreaterThan(0);
    });

    it('that cannot be heard is answered with what to do', async () => {
      const code = `async function busy(): Promise<void> {
  await null;
  console.log('ready');
  const since = Date.now();
  while (Date.now() - since < 4000) {}
}
await busy();`;
      const stuck = await session.interrupt(code);
      expect(streamText(stuck, 'stderr')).toContain('restart the kernel');
      expect(resultOf(await run('1'))).toEqual({ 'text/plain': '1' });
    });

    it('between cells does nothing to the next cell', async () => {
      await session.request('interrupt_request', {}, { channel: 'control' });
      expect((await run('await new Promise((done) => setTimeout(done, 50)); 1')).reply.status).toBe('ok');
    });
  });

  it('aborts what is queued after an error only when asked to', async () => {
    const stop = await session.command<Executed[]>('many', {
      codes: ['throw new Error("first")', 'console.log("second")'],
    });
    expect(stop.map(({ reply }) => reply.status)).toEqual(['error', 'aborted']);
    expect(stop[1]!.outputs).toEqual([]);
    const go = await session.command<Executed[]>('many', {
      codes: ['throw new Error("first")', 'console.log("second")', 'console.log("third")'],
      stop_on_error: false,
    });
    expect(go.map(({ reply }) => reply.status)).toEqual(['error', 'ok', 'ok']);
    expect(streamText(go[2]!)).toBe('third\n');
    expect((await run('1')).reply.status).toBe('ok');
  });

  it('hints at a slow loop at the top level, not at other long cells', async () => {
    const slow = await run('const since = Date.now();\nwhile (Date.now() - since < 2100) {}');
    expect(streamText(slow, 'stderr').match(/Put the loop into a function/g)).toHaveLength(1);
    const waiting = await run(
      'for (const ms of [1100, 1100]) await new Promise((done) => setTimeout(done, ms));',
    );
    expect(streamText(waiting, 'stderr')).toBe('');
  });

  it('tells of a rejection that nobody waits for, and lives on', async () => {
    const lost = await run(
      'void Promise.reject(new Error("lost"));\nawait new Promise((done) => setTimeout(done, 50));',
    );
    expect(lost.reply.status).toBe('ok');
    expect(streamText(lost, 'stderr')).toContain('Error: lost');
  });

  it('refuses process.exit(), which would take all variables along', async () => {
    await run('const precious = 1;');
    const refused = await run('process.exit(3)');
    expect(errorOf(refused)).toMatchObject({ evalue: expect.stringContaining('would end the kernel') });
    expect(resultOf(await run('precious'))).toEqual({ 'text/plain': '1' });
  });

  it('asks the front end for standard input, which an interrupt can end', async () => {
    const asked = await run("[prompt('name?'), confirm('sure?')]", { answers: ['Ada', 'y'] });
    expect(resultOf(asked)).toEqual({ 'text/plain': "[ 'Ada', true ]" });
    const line = await run(
      "import * as readline from 'node:readline/promises';\n" +
        "await readline.createInterface({ input: process.stdin, output: process.stdout }).question('more? ')",
      { answers: ['lines'] },
    );
    expect(resultOf(line)).toEqual({ 'text/plain': "'lines'" });
    for (const code of ["prompt('in the cell')", "await null;\n(() => prompt('after an await'))()"]) {
      const ended = await run(code, { answers: [], timeout: 20 });
      expect(ended.outputs.filter(({ type }) => type === 'question')).toHaveLength(1);
      expect(errorOf(ended)).toMatchObject({ ename: 'Interrupted' });
    }
    const started = performance.now();
    expect(errorOf(await run("prompt('nobody')"))!.evalue).toContain('nobody to ask');
    expect(performance.now() - started).toBeLessThan(3000);
  });

  it('shows what comes late in the cell that started it', async () => {
    const wait = 'await new Promise((done) => setTimeout(done, 900));';
    const outputs = await session.command<{ text: string }[][]>('late', {
      codes: [
        'setTimeout(() => console.log("timer of 1"), 400);',
        'void (async () => { await new Promise((done) => setTimeout(done, 450)); console.error("promise of 2"); })();',
        'setTimeout(() => { throw new Error("thrown in 3"); }, 500);',
        `console.log("of 4"); ${wait} console.log("end of 4");`,
      ],
    });
    const [one, two, three, four] = outputs.map((cell) => cell.map(({ text }) => text).join(''));
    expect([one, two, four]).toEqual(['timer of 1\n', 'promise of 2\n', 'of 4\nend of 4\n']);
    expect(three).toContain('thrown in 3');
  });

  it('runs a message that comes twice once, and one without code not at all', async () => {
    await run('let runs = 0;');
    await session.command('replay', { code: 'runs++;' });
    expect(resultOf(await run('runs'))).toEqual({ 'text/plain': '1' });
    const empty = await session.request('execute_request', { silent: false });
    expect(empty).toMatchObject({ status: 'error', evalue: 'The request to run a cell has no code.' });
    expect(resultOf(await run('2'))).toEqual({ 'text/plain': '2' });
  });

  it('does not take in a message that nobody can have signed', async () => {
    const { before, after } = await session.command<{ before: number; after: number }>('huge', {
      megabytes: 200,
    });
    expect(after - before).toBeLessThan(80);
    expect(resultOf(await run('3'))).toEqual({ 'text/plain': '3' });
  });

  it('ignores a message with a wrong signature', async () => {
    await session.command('forged', { code: 'globalThis.forged = true' });
    expect(resultOf(await run('"forged" in globalThis'))).toEqual({ 'text/plain': 'false' });
  });

  it('leaves no process behind at a restart, not even children that ignore requests to end', async () => {
    const started = await run(
      `import { spawn } from 'node:child_process';
const child = spawn('sh', ['-c', 'trap "" TERM INT; while :; do sleep 0.2; done'], { detached: true, stdio: 'ignore' });
child.pid`,
    );
    const childPid = Number(resultOf(started)!['text/plain']);
    expect(childPid).toBeGreaterThan(1);
    expect(await session.command('shutdown', { watch: [childPid] })).toMatchObject({ left: [] });
  });
});

describe('a connection file without a signing key', () => {
  it('is refused with a clear message and status 1', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'ccl-key-'));
    try {
      const file = path.join(folder, 'connection.json');
      writeFileSync(file, JSON.stringify({ key: '', signature_scheme: 'hmac-sha256', ip: '127.0.0.1' }));
      const kernel = path.join(projectRoot, 'src/platform/kernel/kernel.cjs');
      const ended = spawnSync(process.execPath, [kernel, file], { encoding: 'utf8', cwd: folder });
      expect(ended.status).toBe(1);
      expect(ended.stderr).toContain('The signing key of the connection file is "", but it must be');
      const missing = spawnSync(process.execPath, [kernel], { encoding: 'utf8', cwd: folder });
      expect(missing.status).toBe(1);
      expect(missing.stderr).toContain('No connection file was given');
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
