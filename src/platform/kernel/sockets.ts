import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MessageChannel, Worker, receiveMessageOnPort } from 'node:worker_threads';
import type { MessagePort, TransferListItem } from 'node:worker_threads';
import { UserError, badInput } from '../../errors';
import { projectRoot } from '../../paths';

/** What is used of the connection file that Jupyter hands to a kernel. */
export interface Connection {
  /** The signing key. */
  readonly key: string;
  readonly transport: string;
  readonly ip: string;
  readonly iopub_port: number;
  readonly shell_port: number;
  readonly control_port: number;
  readonly stdin_port: number;
  readonly hb_port: number;
}

/**
 * Reads a connection file and refuses one without a usable signing key, since everybody on the machine could then
 * make this kernel run code.
 *
 * @throws UserError when the file cannot be read or has no key or another signature scheme
 */
export function readConnection(file: string | undefined): Connection {
  if (!file) {
    throw new UserError('No connection file was given. Jupyter starts this kernel; try: npm run lab.');
  }
  let connection: Connection & { signature_scheme?: unknown };
  try {
    connection = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new UserError(`The connection file ${file} cannot be read: ${(error as Error).message}`);
  }
  const { key, signature_scheme: scheme = 'hmac-sha256' } = connection;
  if (typeof key !== 'string' || key === '') {
    throw badInput(
      'The signing key of the connection file',
      key,
      'it must be a non-empty text: without it every user of this machine could run code in this kernel',
      'Start the kernel through Jupyter, and leave Session.key of its configuration as it is',
    );
  }
  if (scheme !== 'hmac-sha256') {
    throw badInput(
      'signature_scheme of the connection file',
      scheme,
      'only hmac-sha256 is supported',
      'Leave Session.signature_scheme of Jupyter’s configuration as it is',
    );
  }
  return connection;
}

/** Jupyter's sockets: outputs to all front ends, requests of two kinds, questions to the front end that asked. */
export type SocketName = 'iopub' | 'shell' | 'control' | 'stdin';

export type Frames = readonly (string | Uint8Array)[];

/**
 * What the thread of the sockets is told: to send; to ask on stdin and leave the answer at a port, while the kernel
 * sleeps; what to send should the kernel not hear an interrupt; to let out what waits and end.
 */
export type ToSocketThread =
  | { readonly socket: SocketName; readonly frames: Frames }
  | { readonly ask: Frames; readonly answer: MessagePort; readonly awake: Int32Array }
  | { readonly ifStuck: Frames | undefined }
  | 'end';

/** What the thread starts with. */
export interface SocketThreadData {
  readonly connection: Connection;
  /** Shared: how many messages on control the kernel has heard, which nothing that waits to be sent holds up. */
  readonly heard: Int32Array;
}

/** What it tells: that all sockets are bound, why they cannot be, or what was received. */
export type FromSocketThread =
  'bound' | { readonly failed: string } | { readonly socket: SocketName; readonly frames: Uint8Array[] };

const runSource = JSON.stringify(join(projectRoot, 'src', 'run-source.cjs'));
const bootstrap = `require(${runSource})('platform/kernel/socket-thread.ts');`;

/**
 * Jupyter's sockets, in a thread of their own: what a cell shows leaves while it computes, heartbeats are answered
 * meanwhile, and the thread's end waits for readers that are slower (docs/design.md has the reasons).
 */
export class Sockets {
  private constructor(private readonly thread: Worker) {}

  /**
   * Binds the sockets of a connection.
   *
   * @param receive hears each message, once the event loop is free
   * @param ended is told when there are no sockets any more
   * @throws UserError when a port is taken
   */
  static async open(
    connection: Connection,
    receive: (socket: SocketName, frames: Buffer[]) => void,
    ended: () => void,
  ): Promise<Sockets> {
    const heard = new Int32Array(new SharedArrayBuffer(4));
    const workerData: SocketThreadData = { connection, heard };
    const thread = new Worker(bootstrap, { eval: true, workerData });
    await new Promise<void>((resolve, reject) => {
      thread.once('error', reject);
      thread.on('message', (told: FromSocketThread) => {
        if (told === 'bound') resolve();
        else if ('failed' in told) reject(new UserError(`A port cannot be opened: ${told.failed}`));
        else {
          if (told.socket === 'control') Atomics.add(heard, 0, 1);
          receive(told.socket, told.frames.map(asBuffer));
        }
      });
    });
    thread.once('exit', ended);
    return new Sockets(thread);
  }

  /** Sends a message. Never fails: what is sent while the kernel ends has nobody to hear it. */
  send(socket: SocketName, frames: Frames): void {
    this.tell({ socket, frames: frames.map(detached) });
  }

  /**
   * Asks the front end on stdin and does nothing else until there is an answer.
   *
   * @returns the frames of the answer; undefined when an interrupt came instead
   */
  ask(frames: Frames): Buffer[] | undefined {
    const { port1, port2 } = new MessageChannel();
    const awake = new Int32Array(new SharedArrayBuffer(4));
    this.tell({ ask: frames.map(detached), answer: port2, awake }, [port2]);
    Atomics.wait(awake, 0, 0);
    const told = receiveMessageOnPort(port1) as { message: Uint8Array[] | undefined } | undefined;
    port1.close();
    return told?.message?.map(asBuffer);
  }

  /** Says what is published on iopub when an interrupt is not heard for long, if anything. */
  ifStuck(frames: Frames | undefined): void {
    this.tell({ ifStuck: frames?.map(detached) });
  }

  /** Closes the sockets once all has left, or after four seconds for a reader that stands still. */
  async close(): Promise<void> {
    const ended = new Promise((resolve) => this.thread.once('exit', resolve));
    this.tell('end');
    await ended;
  }

  private tell(what: ToSocketThread, transferred: TransferListItem[] = []): void {
    this.thread.postMessage(what, transferred);
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** Only these bytes: a view is handed to another thread with all of the memory below it. */
function detached(frame: string | Uint8Array): string | Uint8Array {
  return typeof frame === 'string' ? frame : new Uint8Array(frame);
}
