import { fork, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { TrainingProgress } from '../../training/task';
import type { Block, ComputeEnvironment } from '../block';
import type { Pace } from '../study-cost';
import { reportedError, sentBlock, type FromWorker, type ToWorker } from './worker-messages';

/** A worker died without an answer: out of memory, killed, or a crash in native code. */
export class WorkerCrashed extends Error {
  override readonly name = 'WorkerCrashed';
}

const keptLogLines = 20;
// TensorFlow's library prints these on every start, whatever its log level.
const noise = /oneDNN custom operations are on|before absl::InitializeLog\(\) is called/;

/** A child process that trains one block at a time. */
export class WorkerProcess {
  /** Resolves when the process is gone, however it ended. */
  readonly exited: Promise<WorkerCrashed>;
  private readonly child: ChildProcess;
  private readonly log: string[] = [];
  /** Resident bytes when it last told. */
  rss = 0;
  private pending: { resolve(message: FromWorker): void; reject(error: Error): void } | undefined;
  private onProgress: ((progress: TrainingProgress) => void) | undefined;

  constructor() {
    this.child = fork(join(__dirname, 'worker.cjs'), [], {
      execArgv: [],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.log.push(...text.split('\n').filter((line) => line !== '' && !noise.test(line)));
      this.log.splice(0, this.log.length - keptLogLines);
    });
    this.child.on('message', (message: FromWorker) => this.hear(message));
    this.exited = new Promise((resolve) => {
      const end = (how: string): void => {
        const log = this.log.length === 0 ? '' : `\nIts last words:\n${this.log.join('\n')}`;
        const error = new WorkerCrashed(`A worker process ended with ${how} before it had finished.${log}`);
        this.settle()?.reject(error);
        resolve(error);
      };
      this.child.on('exit', (code, signal) =>
        end(signal === null ? `exit status ${code}` : `signal ${signal}`),
      );
      // Of a process that could not even start, no exit is told.
      this.child.on('error', (error) => {
        if (this.child.pid === undefined) end(`an error at its start (${error.message})`);
      });
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
  async pace(block: Block, budget: number): Promise<Pace> {
    const answer = await this.ask({ type: 'pace', block: sentBlock(block), budget });
    if (answer.type !== 'paced') throw new Error(`unexpected answer ${answer.type}`);
    return answer.pace;
  }

  /**
   * @returns false if somebody else trained the block
   * @throws the worker's error, Interrupted if it was told to stop, WorkerCrashed if it died
   */
  async train(
    message: Extract<ToWorker, { type: 'train' }>,
    onProgress?: (progress: TrainingProgress) => void,
  ): Promise<boolean> {
    this.onProgress = onProgress;
    const answer = await this.ask(message);
    return answer.type === 'trained' && answer.here;
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
