import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { UserError } from '../errors';
import { projectRoot } from '../paths';
import type { TrainingProgress } from '../training/training-task';
import type { BlockSpec, ComputeEnvironment } from './block';
import type { Pace } from './measure-pace';
import type { FromWorker, ToWorker, WorkerError } from './worker-messages';

/** A worker died without an answer: out of memory, killed, or a crash in native code. */
export class WorkerCrashed extends Error {
  override readonly name = 'WorkerCrashed';
}

/** An error that a worker reported, with the stack that it had there. */
export class WorkerFailed extends Error {
  override readonly name: string;

  constructor({ name, message, stack }: WorkerError) {
    super(message);
    this.name = name;
    this.stack = stack;
  }
}

/** The error that a worker reported: what the user did wrong stays a UserError. */
export function reportedError(report: WorkerError): Error {
  return report.name === 'UserError' ? new UserError(report.message) : new WorkerFailed(report);
}

const keptLogLines = 20;
// TensorFlow's library prints these on every start, whatever its log level.
const noise = /oneDNN custom operations are on|before absl::InitializeLog\(\) is called/;

/** A child process that trains one block at a time. */
export class WorkerProcess {
  private readonly child: ChildProcess;
  private readonly log: string[] = [];
  /** Resident bytes when it last told. */
  rss = 0;
  private pending: { resolve(message: FromWorker): void; reject(error: Error): void } | undefined;
  private onProgress: ((progress: TrainingProgress) => void) | undefined;

  constructor() {
    this.child = fork(join(projectRoot, 'src', 'experiments', 'worker.cjs'), [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log.push(...text.split('\n').filter((line) => line !== '' && !noise.test(line)));
      this.log.splice(0, this.log.length - keptLogLines);
    });
    this.child.on('message', (message: FromWorker) => this.hear(message));
    this.child.on('error', (error) => this.pending?.reject(error));
    this.child.on('exit', (code, signal) => {
      const how = signal === null ? `exit status ${code}` : `signal ${signal}`;
      const log = this.log.length === 0 ? '' : `\nIts last words:\n${this.log.join('\n')}`;
      this.settle()?.reject(
        new WorkerCrashed(`A worker process ended with ${how} before it had finished.${log}`),
      );
    });
  }

  /** Opens the backend there and says what it is. */
  async open(threads: number): Promise<ComputeEnvironment> {
    const answer = await this.ask({ type: 'open', threads });
    if (answer.type !== 'opened') throw new Error(`unexpected answer ${answer.type}`);
    return answer.compute;
  }

  async measure(): Promise<number> {
    const answer = await this.ask({ type: 'measure' });
    if (answer.type !== 'measured') throw new Error(`unexpected answer ${answer.type}`);
    return answer.gflops;
  }

  /** How fast a block trains there. @param budget milliseconds of training */
  async pace(spec: BlockSpec, budget: number): Promise<Pace> {
    const answer = await this.ask({ type: 'pace', spec, budget });
    if (answer.type !== 'paced') throw new Error(`unexpected answer ${answer.type}`);
    return answer.pace;
  }

  /**
   * @returns false if somebody else trained the block
   * @throws WorkerFailed with the worker's error, WorkerCrashed if it died
   */
  async train(
    message: Extract<ToWorker, { type: 'train' }>,
    onProgress?: (progress: TrainingProgress) => void,
  ): Promise<boolean> {
    this.onProgress = onProgress;
    const answer = await this.ask(message);
    return answer.type === 'trained' && answer.here;
  }

  /** For tests that kill it. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  abort(): void {
    if (this.child.connected) this.child.send({ type: 'abort' } satisfies ToWorker);
  }

  /** Ends the process; it has nothing to lose that is not in the store. */
  close(): void {
    this.child.kill('SIGKILL');
  }

  private ask(message: ToWorker): Promise<FromWorker> {
    return new Promise((resolve, reject) => {
      if (!this.child.connected) return reject(new WorkerCrashed('A worker process has already ended.'));
      this.pending = { resolve, reject };
      this.child.send(message);
    });
  }

  private hear(message: FromWorker): void {
    if ('rss' in message) this.rss = message.rss;
    if (message.type === 'progress') return this.onProgress?.(message.progress);
    const pending = this.settle();
    if (message.type !== 'failed') return pending?.resolve(message);
    pending?.reject(reportedError(message.error));
  }

  private settle(): typeof this.pending {
    const { pending } = this;
    this.pending = undefined;
    return pending;
  }
}
