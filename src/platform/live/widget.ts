import type { Comm, CommMessage } from '../kernel/kernel-hook';
import type { RunningCell } from '../../running-cell';
import { packState, unpackState } from './widget-buffers';

export type WidgetState = Readonly<Record<string, unknown>>;

/** Version of the widget messages, in the docs of ipywidgets: packages/schema/messages.md. */
const protocol = { version: '2.1.0' };

/** Who opens the comms of widgets: the running cell, or the kernel itself. */
export type WidgetHost = Pick<RunningCell, 'openComm'>;

export const widgetViewType = 'application/vnd.jupyter.widget-view+json';

/** The kernel's side of one widget model: its state, kept equal on both sides over a comm. */
export class Widget {
  private current: WidgetState;
  private readonly comm: Comm;
  private changed: (patch: WidgetState) => void = () => undefined;
  private told: (content: WidgetState, buffers: readonly Uint8Array[]) => void = () => undefined;

  /**
   * @param beside the widget closes with the cell of this one; default the cell that was started last
   * @param id the name by which the front end looks it up; default one of its own
   */
  constructor(host: WidgetHost, state: WidgetState, beside?: Widget, id?: string) {
    this.current = state;
    const { data, buffers } = this.snapshot();
    this.comm = host.openComm({
      id,
      targetName: 'jupyter.widget',
      data,
      buffers,
      metadata: protocol,
      snapshot: () => this.snapshot(),
      beside: beside?.comm,
    });
    this.comm.onMessage((message) => this.hear(message));
  }

  /** How other widgets refer to this one in their state. */
  get reference(): string {
    return `IPY_MODEL_${this.comm.id}`;
  }

  /** The content of `widgetViewType` that shows this widget. */
  get view(): object {
    return { version_major: 2, version_minor: 0, model_id: this.comm.id };
  }

  get closed(): boolean {
    return this.comm.closed;
  }

  get state(): WidgetState {
    return this.current;
  }

  /** Changes some of the state, here and in the front end. */
  set(patch: WidgetState): void {
    this.current = { ...this.current, ...patch };
    this.sendUpdate('update', patch);
  }

  /** Says a word that is not kept in the state. */
  say(content: WidgetState, buffers: readonly Uint8Array[] = []): void {
    this.comm.send({ method: 'custom', content }, buffers);
  }

  /** Says who hears of changes that the front end makes, with those keys that it sent. */
  onChange(listener: (patch: WidgetState) => void): void {
    this.changed = listener;
  }

  /** Says who hears words that are not kept in the state (a button's `{ event: 'click' }`). */
  onWord(listener: (content: WidgetState, buffers: readonly Uint8Array[]) => void): void {
    this.told = listener;
  }

  private snapshot(): CommMessage {
    const { state, paths, buffers } = packState(this.current);
    return { data: { state, buffer_paths: paths }, buffers };
  }

  private sendUpdate(method: 'update' | 'echo_update', patch: WidgetState): void {
    const { state, paths, buffers } = packState(patch);
    this.comm.send({ method, state, buffer_paths: paths }, buffers);
  }

  private hear({ data, buffers }: CommMessage): void {
    switch (data.method) {
      case 'update': {
        const sent = unpackState(asObject(data.state), data.buffer_paths, buffers);
        // Only what the model has: the front end cannot add to the state.
        const known = Object.entries(sent).filter(([key]) => Object.hasOwn(this.current, key));
        const patch = Object.fromEntries(known);
        // Other views of the model learn the new values from the echo.
        this.sendUpdate('echo_update', patch);
        this.current = { ...this.current, ...patch };
        return this.changed(patch);
      }
      case 'request_state':
        return this.sendUpdate('update', this.current);
      case 'custom':
        return this.told(asObject(data.content), buffers);
    }
  }
}

function asObject(value: unknown): WidgetState {
  return typeof value === 'object' && value !== null ? (value as WidgetState) : {};
}
