import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { failure, runTool, runToolOrFail } from './child-process.mjs';
import { findOnPath, list, readJson, trace } from './files.mjs';
import { SetupError } from './messages.mjs';
import { libraryFiles, tensorflowHome, tensorflowVersion } from './tensorflow-library.mjs';
import { compilerCommands } from './versions.cjs';

// The binding is two C++ files. One call of the compiler builds them; node-pre-gyp and node-gyp would do the same
// with make, Python and a download of Node's headers more. The headers of Node-API come from npm's
// node-api-headers; the API is stable, so one binary serves Node.js 20 and 22.

const packageFolder = (root) => path.join(root, 'node_modules', '@tensorflow', 'tfjs-node-gpu');

/** Where TensorFlow.js looks for its binding. */
export const bindingFile = (root) => path.join(packageFolder(root), 'lib', 'napi-v8', 'tfjs_binding.node');

export function findCompiler(env) {
  for (const command of compilerCommands) {
    const file = findOnPath(command, env);
    if (file !== null) return file;
  }
  return null;
}

export const compilerRemedy =
  process.platform === 'darwin'
    ? 'install Apple\'s command line tools ("xcode-select --install") and run the same command again'
    : 'install a C++ compiler (Debian and Ubuntu: "apt-get install g++") and run the same command again';

/** The arguments for the compiler, which runs in the package's folder. */
export function compilerArguments({ tensorflow, libraries, headers, output, platform }) {
  const mac = platform === 'darwin';
  return [
    '-O2',
    '-std=c++17',
    '-shared',
    '-fPIC',
    '-DNAPI_VERSION=8',
    ...['-I', headers, '-I', '.', '-I', '..', '-I', path.join(tensorflow, 'include')],
    path.join('binding', 'tfjs_backend.cc'),
    path.join('binding', 'tfjs_binding.cc'),
    ...['-o', output],
    ...libraries,
    // Not -Wl,-rpath,…, which a comma in the path would split.
    ...['-Xlinker', '-rpath', '-Xlinker', tensorflow],
    ...(mac ? ['-undefined', 'dynamic_lookup'] : []),
  ];
}

export const nativeBinding = {
  name: 'native-binding',
  title: 'native binding of TensorFlow.js (C++)',
  inputs: (context) => [
    tensorflowHome(context),
    tensorflowVersion(context),
    readJson(path.join(packageFolder(context.root), 'package.json'))?.version ?? null,
    process.platform,
    process.arch,
    process.versions.node.split('.')[0],
  ],
  traces: ({ root }) => [trace(bindingFile(root))],
  blocked(context) {
    if (findCompiler(context.env) !== null) return null;
    return { why: `there is no C++ compiler (tried ${compilerCommands.join(', ')})`, remedy: compilerRemedy };
  },
  async run(context) {
    const output = bindingFile(context.root);
    const temporary = `${output}.${process.pid}.tmp`;
    mkdirSync(path.dirname(output), { recursive: true });
    for (const name of list(path.dirname(output))) {
      if (name.endsWith('.tmp')) rmSync(path.join(path.dirname(output), name), { force: true });
    }
    const args = compilerArguments({
      tensorflow: path.join(tensorflowHome(context), 'tensorflow'),
      libraries: libraryFiles(context),
      headers: path.join(context.root, 'node_modules', 'node-api-headers', 'include'),
      output: temporary,
      platform: process.platform,
    });
    const compiler = findCompiler(context.env);
    const what = 'Compiling the native binding of TensorFlow.js failed.';
    await runToolOrFail(context, 'compiler', what, compiler, args, { cwd: packageFolder(context.root) });
    if (existsSync(temporary)) renameSync(temporary, output);
    return { compiler };
  },
};

const program = (root) => path.join(root, 'src', 'platform', 'setup', 'proof.cjs');

async function prove(context, backend) {
  const what = `The ${backend} backend does not compute.`;
  const args = [program(context.root), backend];
  const { status, output } = await runTool(context, `proof-${backend}`, process.execPath, args);
  if (status !== 0) throw failure(`proof-${backend}`, what, output);
  const line = output.split('\n').find((text) => text.startsWith('{"ok":true'));
  if (line === undefined) {
    const why = 'the matrix product ended without an answer';
    throw new SetupError({ what, why, remedy: `look at .setup/logs/proof-${backend}.log` });
  }
  const { tensorflow, gpu } = JSON.parse(line);
  return { tensorflow, gpu };
}

export const nativeProof = {
  name: 'native-proof',
  title: 'proof by a matrix product, native backend',
  inputs: (context) => [
    tensorflowHome(context),
    trace(bindingFile(context.root)),
    libraryFiles(context).map(trace),
    context.gpu.driver,
    process.version,
  ],
  traces: ({ root }) => [trace(bindingFile(root))],
  blocked: () => null,
  run: (context) => prove(context, 'native'),
};

export const wasmProof = {
  name: 'wasm-proof',
  title: 'proof by a matrix product, WASM backend',
  inputs: () => [process.version, process.platform, process.arch],
  traces: ({ root }) => [
    trace(path.join(root, 'node_modules', '@tensorflow', 'tfjs-backend-wasm', 'package.json')),
  ],
  blocked: () => null,
  run: (context) => prove(context, 'wasm'),
};
