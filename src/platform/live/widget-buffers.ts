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
