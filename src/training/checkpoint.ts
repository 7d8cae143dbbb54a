import { UserError } from '../errors';
import { crc32 } from '../platform/formats/crc32';
import { jsonDifferences } from '../platform/formats/json-text';
import { decodeSafetensors, safetensorsParts, type NamedArray } from '../platform/formats/safetensors';
import type { TrainingState } from './task';

/** What a training is, as JSON: everything that determines its numbers. */
export type TrainingIdentity = Readonly<Record<string, unknown>>;

interface Metadata {
  readonly epoch: number;
  readonly updates: number;
  readonly evaluated: readonly number[];
  readonly best: { readonly epoch: number; readonly value: number } | null;
  readonly identity: TrainingIdentity;
}

/** A whole checkpoint, but of another training. */
export class OtherTraining extends UserError {}

/** A training state as one safetensors file, marked with the training that it belongs to: its bytes in pieces, the arrays uncopied. */
export function stateParts(state: TrainingState, identity: TrainingIdentity): Uint8Array[] {
  const { epoch, updates, history, best } = state;
  const arrays: Record<string, NamedArray> = {};
  const put = (kind: string, list: readonly Float32Array[] | undefined | null): void =>
    list?.forEach((data, i) => (arrays[`${kind}/${i}`] = { data, shape: [data.length] }));
  put('outputs', [state.outputs]);
  put('parameters', state.parameters);
  put('buffers', state.buffers);
  put('ema', state.ema);
  put('best-parameters', best?.parameters);
  put('best-buffers', best?.buffers);
  Object.entries(state.slots).forEach(([name, list]) => put(`slots/${name}`, list));
  Object.entries(state.defense).forEach(([name, data]) => put(`method/${name}`, [data]));
  for (const { epoch: at, losses, correct } of history) {
    arrays[`losses/${at}`] = { data: losses, shape: [losses.length] };
    arrays[`correct/${at}`] = { data: correct, shape: [correct.length] };
  }
  const metadata: Metadata = {
    epoch,
    updates,
    evaluated: history.map((evaluation) => evaluation.epoch),
    best: best === null ? null : { epoch: best.epoch, value: best.value },
    identity,
  };
  const noSum = '0'.repeat(sumDigits);
  const parts = safetensorsParts({
    arrays,
    metadata: { [sumName]: noSum, training: JSON.stringify(metadata) },
  });
  const sum = parts.reduce((before, part) => crc32(part, before), 0);
  Buffer.from(parts[1].buffer, parts[1].byteOffset).write(hex(sum), sumStart.length, 'latin1');
  return parts;
}

/** The checksum stands first in the header, so that it is found without parsing; it counts itself as zeros. */
const sumName = 'crc32';
const sumStart = `{"__metadata__":{"${sumName}":"`;
const sumDigits = 8;
const headerPlace = 8;
const hex = (sum: number): string => sum.toString(16).padStart(sumDigits, '0');

/** @throws UserError if a bit of the file is not as it was written */
function checkSum(file: Buffer, what: string): void {
  const at = headerPlace + sumStart.length;
  if (file.toString('latin1', headerPlace, at) !== sumStart) {
    throw broken(what, 'it has no checksum, as those of earlier versions');
  }
  const end = at + sumDigits;
  const sum = [file.subarray(0, at), Buffer.alloc(sumDigits, '0'), file.subarray(end)].reduce(
    (before, part) => crc32(part, before),
    0,
  );
  const stored = file.toString('latin1', at, end);
  if (stored !== hex(sum)) throw broken(what, `its checksum (CRC-32) is ${hex(sum)}, but must be ${stored}`);
}

/**
 * @param identity the training that wants to go on
 * @throws UserError if the file is not whole, or belongs to another training: then it names what differs
 */
export function decodeState(file: Buffer, identity: TrainingIdentity, what: string): TrainingState {
  checkSum(file, what);
  const { arrays, metadata } = decodeSafetensors(file, what);
  if (metadata.training === undefined) throw new UserError(`${what} is no checkpoint of a training.`);
  const read = parsedMetadata(metadata.training, what);
  refuseOther(read.identity, identity, what);
  const { epoch, updates, evaluated, best } = read;
  const one = <T extends NamedArray['data']>(name: string): T => {
    if (!Object.hasOwn(arrays, name)) throw broken(what, `array ${name} is missing`);
    return arrays[name].data as T;
  };
  const list = (kind: string): Float32Array[] => {
    const found: Float32Array[] = [];
    while (Object.hasOwn(arrays, `${kind}/${found.length}`)) found.push(one(`${kind}/${found.length}`));
    return found;
  };
  const names = (kind: string): string[] => [
    ...new Set(
      Object.keys(arrays)
        .filter((name) => name.startsWith(`${kind}/`))
        .map((name) => name.slice(kind.length + 1, name.lastIndexOf('/'))),
    ),
  ];
  const ema = list('ema');
  return {
    epoch,
    updates,
    parameters: list('parameters'),
    buffers: list('buffers'),
    slots: Object.fromEntries(names('slots').map((name) => [name, list(`slots/${name}`)])),
    ema: ema.length === 0 ? null : ema,
    defense: Object.fromEntries(names('method').map((name) => [name, list(`method/${name}`)[0]])),
    history: evaluated.map((at) => ({
      epoch: at,
      losses: one<Float64Array>(`losses/${at}`),
      correct: one<Uint8Array>(`correct/${at}`),
    })),
    outputs: one('outputs/0'),
    best:
      best === null ? null : { ...best, parameters: list('best-parameters'), buffers: list('best-buffers') },
  };
}

function parsedMetadata(text: string, what: string): Metadata {
  try {
    return JSON.parse(text) as Metadata;
  } catch {
    throw broken(what, 'its description is no JSON');
  }
}

function broken(what: string, why: string): UserError {
  return new UserError(`${what} is no whole checkpoint: ${why}. Delete it, and training begins anew.`);
}

function refuseOther(found: TrainingIdentity, wanted: TrainingIdentity, what: string): void {
  const differences = jsonDifferences(found, wanted);
  if (differences.length === 0) return;
  const shown = differences
    .slice(0, 3)
    .map(({ path, a, b }) => `${path} is ${JSON.stringify(a)} there and ${JSON.stringify(b)} here`);
  const more = differences.length > 3 ? `, and ${differences.length - 3} more` : '';
  throw new OtherTraining(
    `${what} is a checkpoint of another training: ${shown.join('; ')}${more}. ` +
      'Go on with the same configuration, or delete the file.',
  );
}
