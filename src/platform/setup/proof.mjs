import path from 'node:path';
import { failure, runTool } from './child-process.mjs';
import { trace } from './files.mjs';
import { SetupError } from './messages.mjs';
import { bindingFile } from './native-binding.mjs';
import { libraryFiles, tensorflowHome } from './tensorflow-library.mjs';

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
