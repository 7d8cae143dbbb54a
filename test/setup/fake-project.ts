import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { projectRoot } from '../../src/paths';

// A project folder in which npm, Python, pip and the compiler are small shell scripts that note each call and leave
// behind what the real ones would, so that set-up as a whole runs in a fraction of a second, without a network.

const [one, two] = ['node_modules/named', 'node_modules/other'];
const installed = { packages: { [one]: { version: '1.0.0' }, [two]: { version: '1.0.0' } } };

const npm = `#!/bin/sh
echo $$ >>"$CALLS.processes"
if [ "$1" = ping ]; then echo "$FAKE_PING" >&2; test -z "$FAKE_PING"; exit; fi
echo npm "$@" >>"$CALLS"
sleep "\${FAKE_NPM_SLEEP:-0}"
if [ -n "$FAKE_NPM_ERROR" ]; then echo "$FAKE_NPM_ERROR" >&2; exit 1; fi
mkdir -p node_modules/@tensorflow/tfjs-node-gpu node_modules/@tensorflow/tfjs-backend-wasm
echo '{"version":"4.22.0"}' >node_modules/@tensorflow/tfjs-node-gpu/package.json
echo '{"version":"4.22.0"}' >node_modules/@tensorflow/tfjs-backend-wasm/package.json
mkdir -p node_modules/named/lib node_modules/other
for name in named other; do
  echo '{"version":"1.0.0"}' >node_modules/$name/package.json
  echo 'module.exports = 1;' >node_modules/$name/index.js
done
echo 'module.exports = 2;' >node_modules/named/lib/part.js
echo '${JSON.stringify(installed)}' >node_modules/.package-lock.json
`;

const python = `#!/bin/sh
echo $$ >>"$CALLS.processes"
if [ "$1" = -c ]; then echo "\${FAKE_PYTHON:-{\\"version\\":[3,11,2],\\"venv\\":true\\}}"; exit 0; fi
shift
case "$1" in
venv)
  echo venv >>"$CALLS"
  mkdir -p "$2/bin"
  cp "$FAKE_BIN/python3" "$2/bin/python"
  ;;
pip)
  target=
  for argument in "$@"; do
    [ "$target" = next ] && target=$argument
    [ "$argument" = --target ] && target=next
  done
  if [ -z "$target" ]; then
    echo pip-notebook >>"$CALLS"
    sleep "\${FAKE_PIP_SLEEP:-0}"
    cp "$FAKE_BIN/python3" .venv/bin/jupyter
  else
    echo pip-tensorflow "$@" >>"$CALLS"
    if [ -n "$FAKE_TENSORFLOW_ERROR" ]; then echo "$FAKE_TENSORFLOW_ERROR" >&2; exit 1; fi
    sleep "\${FAKE_TENSORFLOW_SLEEP:-0}"
    mkdir -p "$target/tensorflow/include" "$target/tensorflow/python"
    for name in libtensorflow_cc.so.2 libtensorflow_framework.so.2 libtensorflow_cc.2.dylib libtensorflow_framework.2.dylib; do
      echo library >"$target/tensorflow/$name"
    done
  fi
  ;;
esac
`;

const compiler = `#!/bin/sh
echo $$ >>"$CALLS.processes"
echo compiler >>"$CALLS"
if [ -n "$FAKE_COMPILER_ERROR" ]; then echo "$FAKE_COMPILER_ERROR" >&2; exit 1; fi
sleep "\${FAKE_COMPILER_SLEEP:-0}"
while [ $# -gt 0 ]; do
  if [ "$1" = -o ]; then echo binding >"$2"; fi
  shift
done
`;

const proof = `require('node:fs').appendFileSync(process.env.CALLS, 'proof ' + process.argv[2] + '\\n');
console.log(JSON.stringify({ ok: true, tensorflow: '2.21.0', gpu: false }));
`;

export interface SetUpEnd {
  status: number | null;
  state: { backend: string; reason: string; notebooks: { ready: boolean; reason: string | null } } | null;
  said: string;
  milliseconds: number;
}

/** What the set-up of a fake project needs and leaves. */
export class FakeProject {
  readonly parent: string;
  root: string;
  readonly bin: string;
  readonly calls: string;

  constructor(commands: readonly string[] = ['npm', 'python3', 'g++'], under = tmpdir()) {
    this.parent = mkdtempSync(path.join(under, 'ccl-set-up-'));
    this.root = path.join(this.parent, 'folder with space');
    this.bin = path.join(this.parent, 'bin');
    this.calls = path.join(this.parent, 'calls');
    mkdirSync(path.join(this.root, 'src', 'platform', 'setup'), { recursive: true });
    mkdirSync(this.bin);
    writeFileSync(this.calls, '');
    writeFileSync(path.join(this.root, 'package-lock.json'), JSON.stringify(installed));
    writeFileSync(path.join(this.root, 'package.json'), '{"devDependencies":{"named":"1.0.0"}}');
    writeFileSync(path.join(this.root, 'src', 'platform', 'setup', 'proof.cjs'), proof);
    const locks = path.join('src', 'platform', 'setup', 'python');
    cpSync(path.join(projectRoot, locks), path.join(this.root, locks), { recursive: true });
    for (const tool of ['sh', 'cp', 'mkdir', 'sleep']) {
      const real = execFileSync('sh', ['-c', `command -v ${tool}`], { encoding: 'utf8' }).trim();
      symlinkSync(real, path.join(this.bin, tool));
    }
    for (const command of commands) this.add(command);
  }

  add(command: string): void {
    const text = command === 'npm' ? npm : command === 'g++' ? compiler : python;
    writeFileSync(path.join(this.bin, command), text);
    chmodSync(path.join(this.bin, command), 0o755);
  }

  /** The calls of the tools since the last time this was asked. */
  takeCalls(): string[] {
    const lines = this.callsSoFar();
    writeFileSync(this.calls, '');
    return lines;
  }

  callsSoFar(): string[] {
    return readFileSync(this.calls, 'utf8')
      .split('\n')
      .filter((line) => line !== '');
  }

  toolProcesses(): number[] {
    return readFileSync(`${this.calls}.processes`, 'utf8').trim().split('\n').map(Number);
  }

  environment(env: Record<string, string>): Record<string, string> {
    const { parent: HOME, bin: PATH, bin: FAKE_BIN, calls: CALLS } = this;
    return { PATH, HOME, FAKE_BIN, CALLS, CCL_GPU: '0', ...env };
  }

  start(env: Record<string, string> = {}): { child: ChildProcess; end: Promise<SetUpEnd> } {
    const began = Date.now();
    const script = path.join(__dirname, 'fixtures', 'run-set-up.mjs');
    const child = spawn(process.execPath, [script, this.root], {
      env: this.environment(env),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()));
    const end = new Promise<SetUpEnd>((resolve) => {
      child.on('close', (status) => {
        const state = output === '' ? null : (JSON.parse(output) as SetUpEnd['state']);
        resolve({ status, state, said, milliseconds: Date.now() - began });
      });
    });
    return { child, end };
  }

  setUp(env: Record<string, string> = {}): Promise<SetUpEnd> {
    return this.start(env).end;
  }

  has(...parts: string[]): boolean {
    return existsSync(path.join(this.root, ...parts));
  }

  remove(): void {
    rmSync(this.parent, { recursive: true, force: true });
  }
}

export async function until(condition: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 2500; tries++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  throw new Error(`waited in vain for ${what}`);
}
