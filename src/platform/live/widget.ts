import type { Comm, CommMessage } from '../kernel/kernel-hook';
import type { RunningCell } from '../../running-cell';

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

type Json = Readonly<Record<string, unknown>>;

/** A widget's state as messages carry it: bytes are taken out and travel as binary frames. */
export interface PackedState {
  readonly state: Json;
  /** Where each buffer belongs in the state: keys and indices. */
  readonly paths: readonly (readonly (string | number)[])[];
  readonly buffers: readonly Uint8Array[];
}

/** Takes the bytes out of a state: an entry of an object is left out, an entry of an array becomes null. */
export function packState(state: Json): PackedState {
  const paths: (string | number)[][] = [];
  const buffers: Uint8Array[] = [];
  const strip = (value: unknown, path: (string | number)[]): unknown => {
    if (value instanceof Uint8Array) {
      paths.push(path);
      buffers.push(value);
      return undefined;
    }
    if (Array.isArray(value)) return value.map((each, i) => strip(each, [...path, i]) ?? null);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, strip(each, [...path, key])]));
  };
  return { state: strip(state, []) as Json, paths, buffers };
}

/** Puts bytes back where they belong; a path that leads nowhere is passed over. */
export function unpackState(state: Json, paths: unknown, buffers: readonly Uint8Array[]): Json {
  if (!Array.isArray(paths) || paths.length === 0) return state;
  const whole = structuredClone(state);
  paths.forEach((path: unknown, i) => {
    if (!Array.isArray(path) || path.length === 0 || buffers[i] === undefined) return;
    const parent = path.slice(0, -1).reduce<unknown>((at, key) => own(at, key), whole);
    const last: unknown = path[path.length - 1];
    const isKey = typeof last === 'number' || (typeof last === 'string' && last !== '__proto__');
    if (typeof parent === 'object' && parent !== null && isKey) Reflect.set(parent, last, buffers[i]);
  });
  return whole;
}

function own(value: unknown, key: unknown): unknown {
  const isKey = typeof key === 'string' || typeof key === 'number';
  if (typeof value !== 'object' || value === null || !isKey || !Object.hasOwn(value, key)) return undefined;
  return (value as Record<string | number, unknown>)[key];
}
