/** The thread that owns Jupyter's sockets; sockets.ts starts it and is what the kernel sees of it. */
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { Publisher, Reply, Router } from 'zeromq';
import { isAlive } from '../formats/write-file';
import { killDescendants } from './child-processes';
import type { Frames, FromSocketThread, SocketName, SocketThreadData, ToSocketThread } from './sockets';
import { WireMessage } from './wire-message';

/** How long a message on control has to be heard before the kernel counts as computing, and as stuck. */
const computingMs = 100;
const stuckMs = 2000;

/** How long a kernel without Jupyter has to end by itself. */
const orphanMs = 5000;

const kernel = parentPort as MessagePort;
const { connection, heard } = workerData as SocketThreadData;

/**
 * What is sent waits in ZeroMQ, in order and without a limit, for a reader that is slower: a publisher drops what
 * goes beyond its limit. Without a timeout each send is over when it returns; zeromq.js else postpones every 513th,
 * and another one on top of it is an error.
 */
const sending = { sendTimeout: 0, sendHighWaterMark: 0, linger: 4000 };
/** Longer messages are cut off before anybody has looked at their signature. */
const requests = { ...sending, maxMessageSize: 64 * 2 ** 20 };

const sockets = {
  iopub: new Publisher(sending),
  shell: new Router(requests),
  control: new Router(requests),
  stdin: new Router(requests),
};
const heartbeat = new Reply({ linger: 0 });

const tell = (what: FromSocketThread): void => kernel.postMessage(what);

let ifStuck: Frames | undefined;
/** Wakes the kernel that sleeps until its question is answered, with the answer or with none. */
let wake: ((answer?: Frames) => void) | undefined;

/** Jupyter may die without a word, and its kernel may be in a loop: nobody would ever end either. */
function endWithJupyter(): void {
  const jupyter = Number(process.env.JPY_PARENT_PID);
  if (!(jupyter > 0)) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent && isAlive(jupyter)) return;
    clearInterval(timer);
    process.kill(process.pid, 'SIGTERM');
    setTimeout(() => {
      killDescendants('SIGKILL');
      process.kill(process.pid, 'SIGKILL');
    }, orphanMs).unref();
  }, 1000).unref();
}

endWithJupyter();

kernel.on('message', (told: ToSocketThread) => {
  if (told === 'end') {
    for (const socket of [...Object.values(sockets), heartbeat]) socket.close();
    // Node ends the addon with the thread, and the addon waits for what has not left yet.
    kernel.close();
  } else if ('ifStuck' in told) {
    ifStuck = told.ifStuck;
  } else if ('ask' in told) {
    const { ask, answer, awake } = told;
    wake = (frames) => {
      wake = undefined;
      answer.postMessage(frames);
      Atomics.store(awake, 0, 1);
      Atomics.notify(awake, 0);
    };
    send('stdin', ask);
  } else {
    send(told.socket, told.frames);
  }
});

function send(socket: SocketName, frames: Frames): void {
  // A front end that has gone has nobody to hear the answer.
  void sockets[socket].send(frames as (string | Buffer)[]).catch(() => undefined);
}

async function hear(socket: Exclude<SocketName, 'iopub'>): Promise<void> {
  let received = 0;
  for await (const frames of sockets[socket]) {
    received++;
    if (socket === 'stdin' && wake && typeOf(frames) === 'input_reply') wake(frames);
    else tell({ socket, frames });
    if (socket === 'control') void see(frames, received);
  }
}

/** Looks after messages that the kernel may be too busy to hear. */
async function see(frames: Buffer[], place: number): Promise<void> {
  const isHeard = (): boolean => Atomics.load(heard, 0) >= place;
  const type = typeOf(frames);
  await sleep(computingMs);
  if (isHeard()) return;
  // Node ends a synchronous piece of a cell at the signal.
  if (wake) wake();
  else if (type === 'interrupt_request') process.kill(process.pid, 'SIGINT');
  await sleep(stuckMs);
  if (isHeard()) return;
  if (type === 'interrupt_request' && ifStuck) send('iopub', ifStuck);
  if (type === 'shutdown_request') {
    killDescendants('SIGKILL');
    process.kill(process.pid, 'SIGKILL');
  }
}

function typeOf(frames: Buffer[]): string | undefined {
  try {
    return WireMessage.parse(connection.key, frames).header.msg_type;
  } catch {
    return undefined;
  }
}

async function echo(): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

async function start(): Promise<void> {
  const bind = (socket: Publisher | Router | Reply, port: number) =>
    socket.bind(`${connection.transport}://${connection.ip}:${port}`);
  try {
    await Promise.all([
      bind(sockets.iopub, connection.iopub_port),
      bind(sockets.shell, connection.shell_port),
      bind(sockets.control, connection.control_port),
      bind(sockets.stdin, connection.stdin_port),
      bind(heartbeat, connection.hb_port),
    ]);
  } catch (error) {
    tell({ failed: (error as Error).message });
    return;
  }
  tell('bound');
  void hear('shell');
  void hear('control');
  void hear('stdin');
  void echo();
}

void start();
