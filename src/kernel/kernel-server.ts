import { setTimeout as sleep } from 'node:timers/promises';
import type { Router } from 'zeromq';
import type { CellError } from './cell-error';
import type { CellHandler } from './cell-handler';
import type { CellPublisher, CellRunner, ExecuteRequest } from './cell-runner';
import type { Comms } from './comms';
import { ExecutionQueue } from './execution-queue';
import { ZmqServer } from './tslab-parts';
import { WireMessage } from './wire-message';
import type { SendingSocket } from './wire-message';

type ServerMessage = Parameters<InstanceType<typeof ZmqServer>['publishStatus']>[1];

/** How long a failed cell waits for requests that are already on their way, before it aborts them. */
const arrivalMs = 50;

export interface KernelServerParts {
  readonly handler: CellHandler;
  readonly runner: CellRunner;
  readonly comms: Comms;
  readonly connectionFile: string;
  readonly key: string;
  /** Writes one line for the person who watches the terminal. */
  readonly log: (line: string) => void;
  /** Ends the process; called once the shutdown is answered. */
  readonly exit: () => void;
}

/**
 * tslab's server on Jupyter's sockets, with the messages that tslab leaves out: execute_input, execute_result
 * and error, history, comms, interrupts by message, aborted requests.
 */
export class KernelServer extends ZmqServer {
  private readonly queue = new ExecutionQueue();
  private runningCell: WireMessage | undefined;

  constructor(private readonly parts: KernelServerParts) {
    super(parts.handler, parts.connectionFile);
    parts.comms.connect((...message) => this.publish(...message));
  }

  override async init(): Promise<void> {
    await super.init();
    // Output must not be dropped because a front end reads slowly.
    this.iopub.sendHighWaterMark = 0;
  }

  override async handleShellMessage(socket: Router, ...frames: Buffer[]): Promise<void> {
    let message: WireMessage;
    try {
      message = WireMessage.parse(this.parts.key, frames);
    } catch (error) {
      this.parts.log(`ccl kernel: ${(error as Error).message}`);
      return;
    }
    if (message.header.msg_type === 'execute_request') {
      this.enqueue(message, socket as SendingSocket);
      return;
    }
    this.status('busy', message);
    try {
      this.dispatch(message, socket);
    } catch (error) {
      this.replyFailure(message, socket as SendingSocket, error as Error);
    } finally {
      this.status('idle', message);
      // A front end that shows the last status it heard must not take a running cell for ended.
      if (this.runningCell) this.status('busy', this.runningCell);
    }
    if (message.header.msg_type === 'shutdown_request') this.parts.exit();
  }

  /** Sends a message on the channel that all front ends hear. */
  publish(
    parent: WireMessage,
    type: string,
    content: object,
    metadata: Record<string, unknown> = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    const message = parent.createReply();
    message.header.msg_type = type;
    message.content = content as Record<string, unknown>;
    message.metadata = metadata;
    message.extra = buffers.map((bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
    message.signAndSend(this.parts.key, this.iopub as unknown as SendingSocket);
  }

  private status(state: 'busy' | 'idle', parent: WireMessage): void {
    this.publish(parent, 'status', { execution_state: state });
  }

  private reply(message: WireMessage, socket: SendingSocket, content: object): void {
    const reply = message.createReply();
    reply.header.msg_type = replyType(message);
    reply.content = content as Record<string, unknown>;
    reply.signAndSend(this.parts.key, socket);
  }

  private replyFailure(message: WireMessage, socket: SendingSocket, error: Error): void {
    this.parts.log(`ccl kernel: ${message.header.msg_type} failed: ${error.stack ?? error.message}`);
    if (!message.header.msg_type.endsWith('_request')) return;
    this.reply(message, socket, {
      ...emptyReply(message),
      status: 'error',
      ename: error.name,
      evalue: error.message,
      traceback: [],
    });
  }

  private dispatch(message: WireMessage, socket: Router): void {
    const asTslab = message as unknown as ServerMessage;
    const answer = (content: object) =>
      this.reply(message, socket as SendingSocket, { status: 'ok', ...content });
    switch (message.header.msg_type) {
      case 'kernel_info_request':
        return answer(this.handler.handleKernel());
      case 'is_complete_request':
        return this.handleIsComplete(socket, asTslab);
      case 'inspect_request':
        return this.handleInspect(socket, asTslab);
      case 'complete_request':
        return this.handleComplete(socket, asTslab);
      case 'shutdown_request':
        this.queue.abortWaiting();
        this.parts.comms.closeAll(message);
        return answer(this.handler.handleShutdown(message.content as { restart: boolean }));
      case 'interrupt_request':
        this.parts.runner.interrupt();
        return answer({});
      case 'history_request':
        return answer({ history: [] });
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

  private enqueue(message: WireMessage, socket: SendingSocket): void {
    this.queue.add({
      run: () => this.runCell(message, socket),
      abort: () => {
        this.status('busy', message);
        this.reply(message, socket, { status: 'aborted' });
        this.status('idle', message);
      },
    });
  }

  private async runCell(message: WireMessage, socket: SendingSocket): Promise<void> {
    this.status('busy', message);
    this.runningCell = message;
    this.parts.comms.beginCell(message);
    const request = message.content as unknown as ExecuteRequest & { stop_on_error?: boolean };
    const { count, error } = await this.parts.runner.run(request, this.publisher(message));
    if (error !== undefined && request.stop_on_error !== false) {
      // Only what was asked for before the answer is sent may be aborted.
      await sleep(arrivalMs);
      this.queue.abortWaiting();
    }
    this.reply(message, socket, executeReply(count, error));
    this.runningCell = undefined;
    this.status('idle', message);
  }

  private publisher(message: WireMessage): CellPublisher {
    return {
      input: (count, code) => this.publish(message, 'execute_input', { code, execution_count: count }),
      stream: (name, text) => this.publish(message, 'stream', { name, text }),
      display: (content, id, update) =>
        this.publish(message, update ? 'update_display_data' : 'display_data', {
          ...content,
          transient: id === undefined ? {} : { display_id: id },
        }),
      result: (count, content) =>
        this.publish(message, 'execute_result', { ...content, execution_count: count }),
      error: (error) => this.publish(message, 'error', error),
    };
  }
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
