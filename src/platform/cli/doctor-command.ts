import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { dataset, datasetNames, registered } from '../../data/registry';
import { dataFolder, findLayouts } from '../../data/data-folder';
import { Pool } from '../../experiments/executors/pool';
import { projectRoot } from '../../paths';
import { printJson } from './printed';

/** What is missing, what that costs, and the command that mends it. */
interface Missing {
  readonly what: string;
  readonly effect: string;
  readonly remedy: string;
}

/** What src/platform/setup/environment.mjs reports, as far as it is shown here; `--json` passes all of it on. */
interface Environment {
  readonly node: { readonly version: string };
  readonly npm: string | null;
  readonly platform: { readonly system: string; readonly arch: string };
  readonly python: { readonly version: string | null; readonly why: string | null };
  readonly compiler: { readonly version: string | null };
  readonly state: { readonly gpu: { readonly reason: string } } | null;
  readonly jupyterLab: { readonly version: string } | null;
  readonly kernel: { readonly inVenv: string | null; readonly forUser: string | null };
  readonly missing: readonly Missing[];
  readonly canRun: boolean;
}

type Compute =
  | {
      readonly backend: string;
      readonly version: string;
      readonly threads: number;
      readonly gpu: boolean;
      readonly gflops: number;
    }
  | { readonly error: string };

interface DataStatus {
  readonly name: string;
  readonly found: boolean;
  /** Whether it comes with the project, so that its absence is a defect. */
  readonly needed: boolean;
  readonly detail: string;
}

/** `ccl doctor`: what is there, what is missing, and the command that mends it. */
export function doctorCommand(): Command {
  return new Command('doctor')
    .description('say what is installed, how fast it is, what is missing and how to mend it')
    .option('--json', 'print everything as JSON')
    .addHelpText('after', '\nExit status 1 if the main job cannot run.')
    .action(doctor);
}

async function doctor({ json }: { json?: boolean }): Promise<void> {
  const environment = readEnvironment();
  const compute = await measureCompute();
  const data = await Promise.all(datasetNames.map(dataStatus));
  const canRun =
    environment.canRun && !('error' in compute) && data.every(({ found, needed }) => found || !needed);
  const report = {
    ...environment,
    cores: availableParallelism(),
    processor: processor(),
    compute,
    data,
    canRun,
  };
  if (json === true) printJson(report);
  else process.stdout.write(asText(report));
  process.exitCode = canRun ? 0 : 1;
}

interface Processor {
  readonly name: string;
  /** The widest vectors that its kernels may use: times in the documents are of either kind. */
  readonly vectors: 'AVX-512' | 'AVX2' | 'neither AVX-512 nor AVX2' | 'not known';
}

function processor(): Processor {
  const name = cpus()[0]?.model.trim() ?? 'not known';
  try {
    const flags = /^flags\s*:(.*)$/m.exec(readFileSync('/proc/cpuinfo', 'utf8'))?.[1].split(' ') ?? [];
    const vectors = flags.includes('avx512f')
      ? 'AVX-512'
      : flags.includes('avx2')
        ? 'AVX2'
        : 'neither AVX-512 nor AVX2';
    return { name, vectors };
  } catch {
    return { name, vectors: 'not known' };
  }
}

function readEnvironment(): Environment {
  const script = join(projectRoot, 'src', 'platform', 'setup', 'environment.mjs');
  const { stdout, stderr } = spawnSync(process.execPath, [script, '--json'], { encoding: 'utf8' });
  try {
    return JSON.parse(stdout) as Environment;
  } catch {
    throw new Error(`the report on the environment failed: ${stderr}`);
  }
}

async function measureCompute(): Promise<Compute> {
  try {
    const pool = await Pool.open({ threads: 1, workers: 1 });
    try {
      const { name, version, threads, gpu } = pool.compute;
      return { backend: name, version, threads, gpu, gflops: Math.round(10 * (await pool.measure())) / 10 };
    } finally {
      pool.close();
    }
  } catch (error) {
    return { error: (error as Error).message };
  }
}

async function dataStatus(name: (typeof datasetNames)[number]): Promise<DataStatus> {
  const { synthetic, definition } = registered(name);
  if (synthetic) return { name, found: true, needed: false, detail: 'generated' };
  const needed = definition === undefined;
  try {
    if (definition !== undefined) {
      // Large files are only looked for; `ccl data verify` reads them.
      const [there] = findLayouts(definition({}), dataFolder());
      const absent = `not there; \`npx ccl data describe ${name}\` tells how to get it`;
      return { name, found: there !== undefined, needed, detail: there?.layout.title ?? absent };
    }
    const { title, records, features, classes } = await dataset(name);
    const detail = `${title}: ${records} records x ${features} features, ${classes} classes, checksum right`;
    return { name, found: true, needed, detail };
  } catch (error) {
    return { name, found: false, needed, detail: (error as Error).message };
  }
}

interface Report extends Environment {
  readonly cores: number;
  readonly processor: Processor;
  readonly compute: Compute;
  readonly data: readonly DataStatus[];
}

function asText(report: Report): string {
  const { compute, state, missing } = report;
  const computed =
    'error' in compute
      ? `none: ${compute.error}`
      : `${compute.backend} ${compute.version}, ${compute.threads} thread a model, ${compute.gflops} GFLOP/s in a 1024 x 1024 product`;
  const gpu =
    'gpu' in compute && compute.gpu
      ? 'used'
      : (state?.gpu.reason ?? 'not looked for: the set-up has not run');
  const rows = [
    ['Node.js', `${report.node.version}, npm ${report.npm ?? 'not found'}`],
    ['System', `${report.platform.system} ${report.platform.arch}, ${report.cores} cores`],
    ['Processor', `${report.processor.name} (vector instructions: ${report.processor.vectors})`],
    ['Python', report.python.version ?? report.python.why ?? 'none'],
    ['C++ compiler', report.compiler.version ?? 'none'],
    ['Backend', computed],
    ['GPU', gpu],
    ['JupyterLab', report.jupyterLab?.version ?? 'none'],
    ['Kernel', [report.kernel.inVenv, report.kernel.forUser].filter(Boolean).join(', ') || 'not registered'],
    ...report.data.map(({ name, detail }) => [`Data ${name}`, detail]),
    ...missing.map(({ what, effect, remedy }) => ['Missing', `${what}: ${effect}. To mend it: ${remedy}`]),
  ];
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${value}\n`).join('');
}
