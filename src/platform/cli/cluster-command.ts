import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { Command } from 'commander';
import { UserError } from '../../errors';
import { rayIsInstalled } from '../../experiments/executors/ray/ray-executor';
import { projectRoot } from '../../paths';
import { wholeNumber } from './option-values';

/** `ccl cluster`: Ray on this machine. */
export function clusterCommand(): Command {
  return new Command('cluster')
    .description('install Ray, and make this machine a node of a cluster (docs/cluster.md)')
    .addCommand(
      new Command('setup')
        .description('install Ray into .venv (about 80 MB to download, 250 MB on disk)')
        .action(setup),
    )
    .addCommand(
      new Command('start')
        .description('make this machine a node: the head, or one that joins it')
        .option('--head', 'the node that others join, and that studies are sent to')
        .option('--address <host:port>', 'join the head there')
        .option('--bind <ip>', 'address of this machine in the network that the nodes share')
        .option('--port <n>', 'of the head', wholeNumber, 6379)
        .option('--cpus <n>', 'CPUs that blocks may take; default all', wholeNumber)
        .option('--gpus <n>', 'GPUs that blocks may take; default all', wholeNumber)
        .action(start),
    )
    .addCommand(
      new Command('stop').description('end every Ray process of yours on this machine').action(stop),
    )
    .addCommand(
      new Command('status')
        .description('nodes, and what is in use')
        .option('--address <host:port>', 'of the head; default: the cluster of this machine')
        .action(status),
    )
    .addHelpText(
      'after',
      '\nWhoever reaches a port of Ray can run any program as you on every node. Without --bind, the head listens on ' +
        '127.0.0.1 alone; with it, Ray listens on all addresses of the machine (docs/cluster.md, Security).\n\nExamples:\n  npx ccl cluster setup\n  npx ccl cluster start --head\n' +
        '  npx ccl cluster start --head --bind 10.0.0.1     # then, on another machine:\n' +
        '  npx ccl cluster start --address 10.0.0.1:6379 --bind 10.0.0.2',
    );
}

interface StartOptions {
  readonly head?: true;
  readonly address?: string;
  readonly bind?: string;
  readonly port: number;
  readonly cpus?: number;
  readonly gpus?: number;
}

function setup(): void {
  const script = join(projectRoot, 'src', 'platform', 'setup', 'npm-script.mjs');
  run(process.execPath, [script, 'cluster:setup']);
}

function start(options: StartOptions): void {
  // Ray would turn 127.0.0.1 into the machine's address in the network and listen on all; this keeps it there.
  const isAlone = options.head === true && options.bind === undefined;
  ray(['start', ...startArguments(options)], isAlone ? { RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER: '0' } : {});
}

/**
 * Arguments of `ray start`.
 *
 * @throws UserError unless there is exactly one of head and address
 */
export function startArguments({ head, address, bind, port, cpus, gpus }: StartOptions): string[] {
  if ((head === true) === (address !== undefined)) {
    throw new UserError(
      'A node is the head or joins one: give either --head or --address HOST:PORT, as in `npx ccl cluster start --head`.',
    );
  }
  if (address !== undefined && bind === undefined) {
    throw new UserError(
      "A node that joins must be reachable from the head: give --bind with this machine's address in their network.",
    );
  }
  const limits = [
    ...(cpus === undefined ? [] : [`--num-cpus=${cpus}`]),
    ...(gpus === undefined ? [] : [`--num-gpus=${gpus}`]),
  ];
  const role =
    address === undefined
      ? ['--head', `--port=${port}`, '--include-dashboard=false']
      : [`--address=${address}`];
  return [...role, `--node-ip-address=${bind ?? '127.0.0.1'}`, '--disable-usage-stats', ...limits];
}

function stop(): void {
  ray(['stop']);
}

function status({ address }: { readonly address?: string }): void {
  ray(['status', ...(address === undefined ? [] : [`--address=${address}`])]);
}

function ray(args: readonly string[], environment: Readonly<Record<string, string>> = {}): void {
  if (!rayIsInstalled()) throw new UserError('Ray is not installed. Run `npx ccl cluster setup` first.');
  run(join(projectRoot, '.venv', 'bin', 'ray'), args, environment);
}

function run(
  command: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): void {
  const env = { ...process.env, RAY_DISABLE_USAGE_STATS: '1', ...environment };
  const { status: code, error } = spawnSync(command, args, { stdio: 'inherit', env, cwd: projectRoot });
  if (error !== undefined) throw error;
  process.exitCode = code ?? 1;
}
