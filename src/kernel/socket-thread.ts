/** The thread that owns Jupyter's sockets; sockets.ts starts it and is what the kernel sees of it. */
import { parentPort, workerData } from 'node:worker_threads';
import type { MessagePort } from 'node:worker_threads';
import { Publisher, Reply, Router } from 'zeromq';
import type { Connection, FromSocketThread, SocketName, ToSocketThread } from './sockets';

const kernel = parentPort as MessagePort;
const connection = workerData as Connection;

/**
 * What is sent waits in ZeroMQ, in order and without a limit, for a reader that is slower: a publisher drops what
 * goes beyond its limit. Without a timeout each send is over when it returns; zeromq.js else postpones every 513th,
 * and another one on top of it is an error.
 */
const sending = { sendTimeout: 0, sendHighWaterMark: 0, linger: 2000 };
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

kernel.on('message', (told: ToSocketThread) => {
  if (told === 'end') {
    for (const socket of [...Object.values(sockets), heartbeat]) socket.close();
    // Node ends the addon with the thread, and the addon waits for what has not left yet.
    kernel.close();
  } else {
    // A front end that has gone has nobody to hear the answer.
    void sockets[told.socket].send(told.frames as (string | Buffer)[]).catch(() => undefined);
  }
});

async function hear(socket: Exclude<SocketName, 'iopub'>): Promise<void> {
  for await (const frames of sockets[socket]) tell({ socket, frames });
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
