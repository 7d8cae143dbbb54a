import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { spawn } from 'node:child_process';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { FakeProject, until } from './fake-project';
import { load } from './load';

const nativeCalls = ['compiler', 'proof native'];
let project: FakeProject;
const isNpm = (call: string) => call.startsWith('npm');
// npm runs beside the Python packages; here its calls come first.
const names = (calls: string[]) =>
  [...calls.filter(isNpm), ...calls.filter((call) => !isNpm(call))].map((call) =>
    call.replace(/^(npm|pip-tensorflow) .*/, '$1'),
  );
const wholeRoad = ['npm', 'venv', 'pip-notebook', 'pip-tensorflow', ...nativeCalls];
const supported = process.platform === 'linux' || (process.platform === 'darwin' && process.arch === 'arm64');

describe.runIf(supported)('set-up of a project', () => {
  beforeEach(() => {
    project = new FakeProject();
  });
  afterEach(() => {
    project.remove();
  });

  it('does every step once, then nothing, in under a second', async () => {
    const first = await project.setUp();
    expect(first.said).not.toMatch(/failed/i);
    expect(first.state?.backend).toBe('native');
    expect(first.state?.notebooks.ready).toBe(true);
    expect(names(project.takeCalls())).toEqual(wholeRoad);
    expect(project.has('.venv', 'share', 'jupyter', 'kernels', 'ccl', 'kernel.json')).toBe(true);
    expect(project.has('node_modules', 'ccl-lab', 'package-lock.json')).toBe(true);
    const second = await project.setUp();
    expect(second.state).toEqual(first.state);
    expect(second.said).toBe('');
    expect(project.takeCalls()).toEqual([]);
    expect(second.milliseconds).toBeLessThan(1000);
  });

  it('downloads the library alone, by hash, as a wheel that any Python can unpack', async () => {
    await project.setUp();
    const call = project.takeCalls().find((line) => line.startsWith('pip-tensorflow'));
    for (const part of ['--require-hashes', '--only-binary=:all:', '--no-deps', '--python-version 3.12']) {
      expect(call).toContain(part);
    }
  });

  it('repeats only what depends on a changed input', async () => {
    await project.setUp();
    project.takeCalls();
    writeFileSync(
      path.join(project.root, 'src', 'platform', 'setup', 'python', 'notebook.lock.txt'),
      '# another\n',
    );
    await project.setUp();
    expect(names(project.takeCalls())).toEqual(['venv', 'pip-notebook']);
    rmSync(path.join(project.root, 'node_modules', '@tensorflow', 'tfjs-node-gpu', 'lib'), {
      recursive: true,
    });
    await project.setUp();
    expect(names(project.takeCalls())).toEqual(nativeCalls);
  });

  it('sets up anew what holds absolute paths when the folder was moved, and nothing else', async () => {
    await project.setUp();
    project.takeCalls();
    const moved = path.join(project.parent, 'moved');
    renameSync(project.root, moved);
    project.root = moved;
    expect((await project.setUp()).state?.backend).toBe('native');
    expect(names(project.takeCalls())).toEqual(['venv', 'pip-notebook', ...nativeCalls]);
    const kernel = readFileSync(path.join(moved, '.venv/share/jupyter/kernels/ccl/kernel.json'), 'utf8');
    expect(kernel).toContain(path.join(moved, 'src', 'platform', 'kernel', 'kernel.cjs'));
  });

  it('without a compiler takes WebAssembly with one line, and mends itself when one appears', async () => {
    rmSync(path.join(project.bin, 'g++'));
    const without = await project.setUp();
    expect(without.status).toBe(0);
    expect(without.state?.backend).toBe('wasm');
    expect(without.state?.notebooks.ready).toBe(true);
    const lines = without.said.split('\n').filter((line) => /WebAssembly/.test(line));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/no C\+\+ compiler.*7 times slower.*To mend it: install/);
    expect((await project.setUp()).said.trim()).toBe(lines[0]);
    project.takeCalls();
    project.add('g++');
    expect((await project.setUp()).state?.backend).toBe('native');
    expect(names(project.takeCalls())).toEqual(nativeCalls);
  });

  it('without Python takes WebAssembly and says that notebooks are not ready', async () => {
    rmSync(path.join(project.bin, 'python3'));
    const end = await project.setUp();
    expect(end.status).toBe(0);
    expect(end.state?.backend).toBe('wasm');
    expect(end.state?.notebooks.ready).toBe(false);
    expect(end.state?.notebooks.reason).toMatch(/no Python was found/);
    expect(end.said).toMatch(/because no Python was found.*install Python 3\.10/);
  });

  it('refuses a Python that is too old, with the rule', async () => {
    const end = await project.setUp({ FAKE_PYTHON: '{"version":[3,9,2],"venv":true}' });
    expect(end.said).toMatch(/is 3\.9\.2; the rule is Python 3\.10 or newer/);
  });

  it('obeys CCL_BACKEND: wasm downloads nothing for native, native without a compiler is an error', async () => {
    expect((await project.setUp({ CCL_BACKEND: 'wasm' })).state?.backend).toBe('wasm');
    expect(names(project.takeCalls())).toEqual(['npm', 'venv', 'pip-notebook', 'proof wasm']);
    rmSync(path.join(project.bin, 'g++'));
    const forced = await project.setUp({ CCL_BACKEND: 'native' });
    expect(forced.status).toBe(1);
    expect(forced.said).toMatch(/CCL_BACKEND=native.*\n.*no C\+\+ compiler/);
    const unknown = await project.setUp({ CCL_BACKEND: 'cuda' });
    expect(unknown.status).toBe(1);
    expect(unknown.said).toMatch(/CCL_BACKEND=cuda.*\n.*native, wasm, cpu/);
  });

  it.each([
    ['that is missing', 'other', (folder: string) => rmSync(folder, { recursive: true })],
    [
      'of another version',
      'other',
      (folder: string) => writeFileSync(path.join(folder, 'package.json'), '{"version":"2.0.0"}'),
    ],
    [
      'that was cut short',
      'other',
      (folder: string) => writeFileSync(path.join(folder, 'index.js'), 'module'),
    ],
    ['with a file missing inside', 'named', (folder: string) => rmSync(path.join(folder, 'lib', 'part.js'))],
  ])('installs the packages anew for one %s', async (_, name, damage) => {
    await project.setUp();
    project.takeCalls();
    damage(path.join(project.root, 'node_modules', name));
    const end = await project.setUp();
    expect(end.said).toContain(`In node_modules ${name} is not as it was installed`);
    expect(names(project.takeCalls())[0]).toBe('npm');
    expect((await project.setUp()).said).toBe('');
    expect(project.takeCalls()).toEqual([]);
  });

  it('asks for the network first, and without one installs what npm has kept', async () => {
    await project.setUp({
      FAKE_PING: 'npm error network request to https://registry failed, reason: getaddrinfo EAI_AGAIN',
    });
    expect(project.takeCalls().find(isNpm)).toMatch(/^npm ci .*--offline$/);
    rmSync(path.join(project.root, 'node_modules'), { recursive: true });
    await project.setUp({ FAKE_PING: 'npm error 404 Not Found - GET /-/ping' });
    const again = project.takeCalls().find(isNpm);
    expect(again).toMatch(/^npm ci/);
    expect(again).not.toContain('--offline');
  });

  it('ends what runs beside npm when that fails, and says nothing of it', async () => {
    const start = Date.now();
    const end = await project.setUp({ FAKE_NPM_ERROR: 'npm error code EUSAGE', FAKE_PIP_SLEEP: '30' });
    expect(Date.now() - start).toBeLessThan(20_000);
    expect(end.status).toBe(1);
    expect(end.said).toContain('Installing the npm packages failed.');
    expect(end.said).not.toContain('Installing the Python packages failed.');
    expect((await project.setUp()).state?.backend).toBe('native');
  });

  it('ends with npm, also where that was killed outright', async () => {
    const shell = spawn(
      'sh',
      [
        '-c',
        `"${process.execPath}" "$1" "$2" & echo $!; sleep 60`,
        'sh',
        path.join(__dirname, 'fixtures', 'run-set-up.mjs'),
        project.root,
      ],
      {
        env: { ...project.environment({ FAKE_NPM_SLEEP: '30' }), npm_lifecycle_event: 'start' },
        stdio: ['ignore', 'pipe', 'ignore'],
      },
    );
    let text = '';
    shell.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
    await until(() => project.callsSoFar().length > 0, 'npm');
    shell.kill('SIGKILL');
    await until(() => !project.has('.setup', 'lock'), 'the end of the set-up');
    const { identity } = await load('processes.mjs');
    await until(() => identity(Number(text)) === null, 'its process');
    for (const pid of project.toolProcesses()) await until(() => identity(pid) === null, 'npm’s process');
  });

  it('gives the linker a path with a comma as a whole', async () => {
    const { compilerArguments } = await load('native-binding.mjs');
    const folder = '/clones/a, b/tensorflow';
    const args = compilerArguments({
      tensorflow: folder,
      libraries: [],
      headers: 'h',
      output: 'o',
      platform: 'linux',
    });
    expect(args).toContain(folder);
    expect(args.join('\n')).not.toContain(`-Wl,-rpath,${folder}`);
  });

  it('keeps the telling line of a failure in the state', async () => {
    const { state, said } = await project.setUp({
      FAKE_COMPILER_ERROR: 'ld: error: no such file\ncollect2: ld returned 1',
    });
    expect(state?.reason).toBe('it said «ld: error: no such file»');
    expect(said).toContain('collect2: ld returned 1');
  });

  it('takes what somebody installed by hand', async () => {
    await project.setUp();
    project.takeCalls();
    writeFileSync(path.join(project.root, 'node_modules', 'other', 'index.js'), 'another build');
    const record = path.join(project.root, 'node_modules', '.package-lock.json');
    writeFileSync(record, `${readFileSync(record, 'utf8')}\n`);
    expect((await project.setUp()).said).not.toMatch(/installed anew/);
    expect(names(project.takeCalls())).not.toContain('npm');
  });

  it('names a broken wheel, tries once without the cache, and goes on with WebAssembly', async () => {
    const end = await project.setUp({
      FAKE_TENSORFLOW_ERROR: 'ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.',
    });
    const calls = project.takeCalls().filter((call) => call.startsWith('pip-tensorflow'));
    expect(calls.map((call) => call.includes('--no-cache-dir'))).toEqual([false, true]);
    expect(end.status).toBe(0);
    expect(end.state?.backend).toBe('wasm');
    expect(end.said).toMatch(/broken or truncated/);
    expect((await project.setUp()).state?.backend).toBe('native');
  });

  it('names a full disk', async () => {
    const error = 'ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device';
    const end = await project.setUp({ FAKE_TENSORFLOW_ERROR: error });
    expect(end.said).toMatch(/the disk is full/);
    expect(end.said).toMatch(/about 3 GB/);
  });

  it('repairs what a kill at any step left, and ends the tool that the killed set-up had started', async () => {
    const stages = [
      ['npm', 'FAKE_NPM_SLEEP'],
      ['pip-notebook', 'FAKE_PIP_SLEEP'],
      ['pip-tensorflow', 'FAKE_TENSORFLOW_SLEEP'],
      ['compiler', 'FAKE_COMPILER_SLEEP'],
    ];
    const { identity } = await load('processes.mjs');
    for (const [stage, variable] of stages) {
      const killed = project.start({ [variable]: '30' });
      await until(() => names(project.callsSoFar()).includes(stage), stage);
      killed.child.kill('SIGKILL');
      await killed.end;
      expect(project.has('.setup', 'lock')).toBe(true);
      project.takeCalls();
      const repaired = await project.setUp();
      expect(repaired.state?.backend, stage).toBe('native');
      const calls = names(project.takeCalls());
      // npm and the Python packages are installed side by side.
      if (stage === 'npm' || stage === 'pip-notebook') expect(calls).toContain(stage);
      else expect(calls[0]).toBe(stage);
      for (const pid of project.toolProcesses()) expect(identity(pid)).toBeNull();
      expect(project.has('.setup', 'lock')).toBe(false);
      rmSync(path.join(project.root, '.setup'), { recursive: true });
      rmSync(path.join(project.root, 'node_modules'), { recursive: true });
    }
  });

  it('lets a second set-up wait for the first, and then do nothing', async () => {
    const first = project.start({ FAKE_NPM_SLEEP: '1' });
    await until(() => project.callsSoFar().length > 0, 'npm');
    const second = await project.setUp();
    expect(second.said).toMatch(/Another set-up .* waiting/);
    expect(second.state?.backend).toBe('native');
    expect((await first.end).state).toEqual(second.state);
    expect(names(project.takeCalls())).toEqual(wholeRoad);
  });

  it('works in a path of more than 200 characters', async () => {
    const deep = path.join(project.parent, 'a folder with a long name, '.repeat(9).slice(0, 240));
    renameSync(project.root, deep);
    project.root = deep;
    expect((await project.setUp()).state?.backend).toBe('native');
    expect((await project.setUp()).said).toBe('');
  });

  it('works where the home folder cannot be written', async () => {
    const file = path.join(project.parent, 'a file');
    writeFileSync(file, '');
    expect((await project.setUp({ HOME: file })).state?.backend).toBe('native');
  });

  it('installs the packages anew after a pull that changed the lock file', async () => {
    await project.setUp();
    project.takeCalls();
    const lock = path.join(project.root, 'package-lock.json');
    writeFileSync(lock, readFileSync(lock, 'utf8').replace('1.0.0', '1.0.1'));
    await project.setUp();
    expect(names(project.takeCalls())).toContain('npm');
  });

  it('works without a home folder, and then keeps the caches in the project', async () => {
    const end = await project.setUp({ HOME: '' });
    expect(end.state?.backend).toBe('native');
    expect(project.has('.setup', 'home')).toBe(true);
  });

  it('removes what an interrupted set-up left in its temporary folder', async () => {
    mkdirSync(path.join(project.root, '.setup', 'temporary', 'tensorflow.999999.0'), { recursive: true });
    await project.setUp();
    expect(project.has('.setup', 'temporary', 'tensorflow.999999.0')).toBe(false);
  });
});
