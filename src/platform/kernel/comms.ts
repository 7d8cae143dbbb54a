import { randomUUID } from 'node:crypto';
import type { Comm, CommMessage, CommOpening } from './kernel-hook';
import type { WireMessage } from './wire-message';

/** Sends a message on the channel that all front ends hear, as a consequence of another message. */
export type Publish = (
  parent: WireMessage,
  type: 'comm_open' | 'comm_msg' | 'comm_close',
  content: object,
  metadata: Record<string, unknown>,
  buffers: readonly Uint8Array[],
) => void;

/** Takes a comm that the front end opens. */
export type CommTarget = (comm: Comm, opening: CommMessage) => void;

interface OpenComm extends Comm {
  readonly cell: string | undefined;
  readonly snapshot: (() => CommMessage) | undefined;
  hear(message: CommMessage): void;
  end(): void;
}

/**
 * The open comms of this kernel, in both directions (https://jupyter-client.readthedocs.io, "Custom Messages"). What
 * is sent names as its parent the request that the kernel heard last, so front ends file it with the right cell.
 */
export class Comms {
  private readonly open = new Map<string, OpenComm>();
  private readonly targets = new Map<string, CommTarget>();
  private publish: Publish = () => undefined;
  private parent: WireMessage | undefined;
  private cell: string | undefined;

  /** Says how messages leave. */
  connect(publish: Publish): void {
    this.publish = publish;
  }

  /** Says who takes comms that the front end opens under this name. */
  onTarget(name: string, target: CommTarget): void {
    this.targets.set(name, target);
  }

  /** A cell begins: what its previous run opened is closed, and so is what belongs to deleted cells. */
  beginCell(message: WireMessage): void {
    const { cellId, deletedCells } = message.metadata;
    this.parent = message;
    this.cell = typeof cellId === 'string' ? cellId : undefined;
    const gone = new Set([this.cell, ...(Array.isArray(deletedCells) ? deletedCells : [])]);
    gone.delete(undefined);
    for (const comm of [...this.open.values()]) if (gone.has(comm.cell)) comm.close();
  }

  /** Opens a comm from this side. */
  start({
    targetName,
    id = randomUUID(),
    data,
    metadata = {},
    buffers = [],
    snapshot,
    beside,
  }: CommOpening): Comm {
    const cell = beside === undefined ? this.cell : this.open.get(beside.id)?.cell;
    const comm = this.add(id, targetName, cell, snapshot);
    const content = { comm_id: comm.id, target_name: targetName, target_module: null, data };
    this.send('comm_open', content, { ...metadata }, buffers);
    return comm;
  }

  /** Open comms by id, all or those of one target. */
  list(targetName?: string): Record<string, { target_name: string }> {
    return Object.fromEntries(
      [...this.open.values()]
        .filter((comm) => targetName === undefined || comm.targetName === targetName)
        .map((comm) => [comm.id, { target_name: comm.targetName }]),
    );
  }

  isOpen(id: string): boolean {
    return this.open.has(id);
  }

  /** What the openings of one target would say now, by id. */
  snapshots(targetName: string): [id: string, message: CommMessage][] {
    return [...this.open.values()]
      .filter((comm) => comm.targetName === targetName)
      .flatMap((comm) => (comm.snapshot ? [[comm.id, comm.snapshot()] as [string, CommMessage]] : []));
  }

  /**
   * Hears comm_open, comm_msg and comm_close, in the order of their arrival. An opening that nobody takes is answered
   * with a closing, as the protocol asks; a message for an unknown comm is passed over.
   *
   * @throws whatever a listener throws
   */
  handle(message: WireMessage): void {
    const { comm_id: id, target_name: targetName } = message.content;
    if (typeof id !== 'string') throw new TypeError(`${message.header.msg_type} has no comm_id`);
    this.parent = message;
    const heard = { data: jsonObject(message.content.data), buffers: message.extra };
    const comm = this.open.get(id);
    switch (message.header.msg_type) {
      case 'comm_open':
        return this.accept(id, targetName, heard);
      case 'comm_msg':
        return comm?.hear(heard);
      case 'comm_close':
        return comm?.end();
    }
  }

  /** Closes all, as a consequence of the message that ends the kernel. */
  closeAll(parent: WireMessage | undefined = this.parent): void {
    this.parent = parent;
    for (const comm of [...this.open.values()]) comm.close();
  }

  private accept(id: string, targetName: unknown, opening: CommMessage): void {
    if (this.open.has(id)) return;
    const target = typeof targetName === 'string' ? this.targets.get(targetName) : undefined;
    if (target === undefined) {
      this.send('comm_close', { comm_id: id, data: {} });
      return;
    }
    target(this.add(id, targetName as string, undefined), opening);
  }

  private add(
    id: string,
    targetName: string,
    cell: string | undefined,
    snapshot?: () => CommMessage,
  ): OpenComm {
    let onMessage: (message: CommMessage) => void = () => undefined;
    let onClose: () => void = () => undefined;
    const isOpen = (): boolean => this.open.get(id) === comm;
    const comm: OpenComm = {
      id,
      targetName,
      cell,
      snapshot,
      get closed() {
        return !isOpen();
      },
      send: (data, buffers = []) => {
        if (isOpen()) this.send('comm_msg', { comm_id: id, data }, {}, buffers);
      },
      close: () => {
        if (!isOpen()) return;
        this.send('comm_close', { comm_id: id, data: {} });
        comm.end();
      },
      onMessage: (listener) => (onMessage = listener),
      onClose: (listener) => (onClose = listener),
      hear: (message) => onMessage(message),
      end: () => {
        this.open.delete(id);
        onClose();
      },
    };
    this.open.set(id, comm);
    return comm;
  }

  private send(
    type: Parameters<Publish>[1],
    content: object,
    metadata: Record<string, unknown> = {},
    buffers: readonly Uint8Array[] = [],
  ): void {
    if (this.parent !== undefined) this.publish(this.parent, type, content, metadata, buffers);
  }
}

function jsonObject(value: unknown): Record<string, unknown> {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isObject ? (value as Record<string, unknown>) : {};
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Answers the comm by which JupyterLab asks for the states of all widgets when a page is opened or reloaded (version 1
 * of `jupyter.widget.control`, in the docs of ipywidgets: packages/schema/messages.md).
 *
 * @param prepare ends when all is there that the page may ask for; called for each page. Never rejects
 */
export function answerWidgetControl(comms: Comms, prepare: () => Promise<void>): void {
  comms.onTarget('jupyter.widget.control', (comm) => {
    comm.onMessage(({ data }) => {
      if (data.method === 'request_states') void prepare().then(() => answer(comm));
    });
  });

  function answer(comm: Comm): void {
    const states: Record<string, Json> = {};
    const paths: unknown[][] = [];
    const buffers: Uint8Array[] = [];
    for (const [id, snapshot] of comms.snapshots('jupyter.widget')) {
      const state = snapshot.data.state as Json;
      states[id] = {
        model_name: state._model_name,
        model_module: state._model_module,
        model_module_version: state._model_module_version,
        state,
      };
      const own = (snapshot.data.buffer_paths ?? []) as unknown[][];
      paths.push(...own.map((path) => [id, 'state', ...path]));
      buffers.push(...snapshot.buffers);
    }
    comm.send({ method: 'update_states', states, buffer_paths: paths }, buffers);
  }
}
