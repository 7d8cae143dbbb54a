import { UserError } from '../../errors';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CellError } from './cell-error';
import type { CellPublisher, CellRunner, ExecuteRequest } from './cell-runner';
import type { Asker } from './standard-input';
import type { CellHandler } from './code-questions';
import type { Comms } from './comms';
import { ExecutionQueue, InputHistory } from './executions';
import { Sockets } from './sockets';
import type { Connection, SocketName } from './sockets';
import { WireMessage } from './wire-message';

/** How long a failed cell waits for requests that are already on their way, before it aborts them. */
const arrivalMs = 50;

/** How long a question may be, which front ends show in one line. */
const longestQuestion = 1000;

/** How many messages are known again. */
const rememberedMessages = 10_000;

const stuckText =
  'This cell does not hear the interrupt: it computes behind an «await» in a function, or in a timer, where nothing ' +
  'can end it from outside. Wait for it, or restart the kernel (Kernel: Restart); its variables are lost then. ' +
  'A loop that has «await new Promise(setImmediate)» in it from time to time can be interrupted.\n';

export interface KernelServerParts {
  readonly handler: CellHandler;
  readonly runner: CellRunner;
  readonly comms: Comms;
  readonly connection: Connection;
  /** Writes one line for the person who watches the terminal. */
  readonly log: (line: string) => void;
  /** Ends the process, once the shutdown is answered; it is to close the server. */
  readonly exit: () => void;
}

/** The kernel on Jupyter's sockets: hears requests, answers them, publishes what comes of them. */
export class KernelServer {
  private readonly queue = new ExecutionQueue();
  private readonly history = new InputHistory();
  private readonly seen = new Set<string>();
  /** Takes the answer to the question that was asked last. */
  private answered: ((line: string) => void) | undefined;
  private runningCell: WireMessage | undefined;
  private sockets: Sockets | undefined;

  constructor(private readonly parts: KernelServerParts) {
    parts.comms.connect((...message) => this.publish(...message));
  }

  /** @throws UserError when a port is taken */
  async open(): Promise<void> {
    const { connection, exit } = this.parts;
    this.sockets = await Sockets.open(connection, (socket, frames) => this.receive(socket, frames), exit);
  }

  /** Returns when all has left that was sent. */
  async close(): Promise<void> {
    await this.sockets?.close();
  }

  private receive(socket: SocketName, frames: Buffer[]): void {
    let message: WireMessage;
    try {
      message = WireMessage.parse(this.parts.connection.key, frames);
    } catch (error) {
      this.parts.log(`ccl kernel: ${(error as Error).message}`);
      return;
    }
    if (this.isReplayed(message)) {
      this.parts.log('ccl kernel: a message that came before was ignored');
      return;
    }
    if (message.header.msg_type === 'execute_request') {
      this.enqueue(message, socket);
      return;
    }
    if (message.header.msg_type === 'input_reply') {
      // Not every front end says which question it answers; there is one at a time.
      this.answered?.(String(message.content.value));
      return;
    }
    this.status('busy', message);
    try {
      this.dispatch(message, socket);
    } catch (error) {
      this.replyFailure(message, socket, error as Error);
    } finally {
      this.status('idle', message);
      // A front end that shows the last status it heard must not take a running cell for ended.
      if (this.runningCell) this.status('busy', this.runningCell);
    }
    if (message.header.msg_type === 'shutdown_request') this.parts.exit();
  }

  /** Whoever listens on the connection could send a signed message once more, and the cell would run again. */
  private isReplayed({ signature }: WireMessage): boolean {
    // Not the message id: jupyter_client's manager and client count on their own, with one session name.
    if (this.seen.has(signature)) return true;
    this.seen.add(signature);
    const [oldest] = this.seen;
    if (this.seen.size > rememberedMessages) this.seen.delete(oldest!);
    return false;
  }

  /** Sends a message on the channel that all front ends hear. */
  publish(
    parent: WireMessage,
    type: string,
    content: object,
    metadata: Record<string, unknown> = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    this.sockets?.send('iopub', this.published(parent, type, content, metadata, buffers));
  }

  private published(
    parent: WireMessage,
    type: string,
    content: object,
    metadata: Record<string, unknown> = {},
    buffers: readonly Uint8Array[] = [],
  ): (string | Buffer)[] {
    const message = parent.createReply();
    message.header.msg_type = type;
    message.content = content as Record<string, unknown>;
    message.metadata = metadata;
    message.extra = buffers.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    return message.frames(this.parts.connection.key);
  }

  private status(state: 'busy' | 'idle', parent: WireMessage): void {
    this.publish(parent, 'status', { execution_state: state });
  }

  private reply(message: WireMessage, socket: SocketName, content: object): void {
    const reply = message.createReply();
    reply.header.msg_type = replyType(message);
    reply.content = content as Record<string, unknown>;
    this.sockets?.send(socket, reply.frames(this.parts.connection.key));
  }

  private replyFailure(message: WireMessage, socket: SocketName, error: Error): void {
    this.parts.log(
      `ccl kernel: ${message.header.msg_type} failed: ${error instanceof UserError ? error.message : (error.stack ?? error.message)}`,
    );
    if (!message.header.msg_type.endsWith('_request')) return;
    this.reply(message, socket, {
      ...emptyReply(message),
      status: 'error',
      ename: error.name,
      evalue: error.message,
      traceback: [],
    });
  }

  private dispatch(message: WireMessage, socket: SocketName): void {
    const { handler } = this.parts;
    const answer = (content: object) => this.reply(message, socket, { status: 'ok', ...content });
    switch (message.header.msg_type) {
      case 'kernel_info_request':
        return answer(handler.handleKernel());
      case 'is_complete_request':
        return answer(handler.handleIsComplete(message.content as never));
      case 'inspect_request':
        return answer(handler.handleInspect(message.content as never));
      case 'complete_request':
        return answer(handler.handleComplete(message.content as never));
      case 'shutdown_request':
        this.queue.abortWaiting();
        this.parts.comms.closeAll(message);
        return answer({ restart: message.content.restart });
      case 'interrupt_request':
        this.parts.runner.interrupt();
        return answer({});
      case 'history_request':
        return answer({ history: this.history.find(message.content) });
      case 'comm_info_request':
        return answer({ comms: this.parts.comms.list(message.content.target_name as string | undefined) });
      case 'comm_open':
      case 'comm_msg':
      case 'comm_close':
        return this.parts.comms.handle(message);
      default:
        this.parts.log(`ccl kernel: ${message.header.msg_type} is not supported and was ignored`);
    }
  }

  private enqueue(message: WireMessage, socket: SocketName): void {
    this.queue.add({
      run: async () => {
        try {
          await this.runCell(message, socket);
        } catch (error) {
          this.replyFailure(message, socket, error as Error);
        }
        this.runningCell = undefined;
        this.status('idle', message);
      },
      abort: () => {
        this.status('busy', message);
        this.reply(message, socket, { status: 'aborted' });
        this.status('idle', message);
      },
    });
  }

  private async runCell(message: WireMessage, socket: SocketName): Promise<void> {
    this.status('busy', message);
    this.runningCell = message;
    this.parts.comms.beginCell(message);
    this.sockets?.ifStuck(undefined);
    if (typeof message.content.code !== 'string') {
      throw new UserError('The request to run a cell has no code.');
    }
    const request = message.content as unknown as ExecuteRequest & AlsoAsked;
    const { count, error } = await this.parts.runner.run(request, this.publisher(message, request));
    if (error !== undefined && request.stop_on_error !== false) {
      // Only what was asked for before the answer is sent may be aborted.
      await sleep(arrivalMs);
      this.queue.abortWaiting();
    }
    this.reply(message, socket, executeReply(count, error));
  }

  /** Asks the front end that sent a cell for lines of standard input. */
  private asker(message: WireMessage): Asker {
    const question = (prompt: string): WireMessage => {
      const request = message.createReply();
      request.header.msg_type = 'input_request';
      request.content = { prompt: prompt.slice(-longestQuestion), password: false };
      return request;
    };
    const { key } = this.parts.connection;
    return {
      now: (prompt) => {
        const frames = this.sockets?.ask(question(prompt).frames(key));
        return frames && String(WireMessage.parse(key, frames).content.value);
      },
      later: (prompt) =>
        new Promise((resolve) => {
          this.answered = resolve;
          this.sockets?.send('stdin', question(prompt).frames(key));
        }),
    };
  }

  private publisher(message: WireMessage, request: ExecuteRequest & AlsoAsked): CellPublisher {
    const kept = request.store_history !== false;
    return {
      asker: request.allow_stdin === true ? this.asker(message) : undefined,
      input: (count, code) => {
        if (kept) this.history.add(count, code);
        this.publish(message, 'execute_input', { code, execution_count: count });
      },
      running: () => {
        const stuck = this.published(message, 'stream', { name: 'stderr', text: stuckText });
        this.sockets?.ifStuck(stuck);
      },
      stream: (name, text) => this.publish(message, 'stream', { name, text }),
      display: (content, id, update) =>
        this.publish(message, update ? 'update_display_data' : 'display_data', {
          ...content,
          transient: id === undefined ? {} : { display_id: id },
        }),
      result: (count, content) => {
        if (kept) this.history.setOutput(String(content.data['text/plain']));
        this.publish(message, 'execute_result', { ...content, execution_count: count });
      },
      clear: () => this.publish(message, 'clear_output', { wait: false }),
      error: (error) => this.publish(message, 'error', error),
    };
  }
}

/** Further fields of an execute_request, for the server only. */
interface AlsoAsked {
  readonly stop_on_error?: boolean;
  readonly allow_stdin?: boolean;
}

function replyType(message: WireMessage): string {
  return message.header.msg_type.replace(/_request$/, '_reply');
}

function executeReply(count: number, error: CellError | undefined): object {
  if (error) return { status: 'error', execution_count: count, ...error };
  return { status: 'ok', execution_count: count, payload: [], user_expressions: {} };
}

/** Fields that front ends read even from a failed reply. */
function emptyReply(message: WireMessage): object {
  if (message.header.msg_type !== 'complete_request') return {};
  const cursor = message.content.cursor_pos;
  return { matches: [], cursor_start: cursor, cursor_end: cursor, metadata: {} };
}
