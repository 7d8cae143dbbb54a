import { UserError } from '../../errors';
import { checkSize, type ReadLimits } from './limits';
import { type DType, type NumericArray, fromRaw, itemSize, valuesOf } from './raw-values';

const types: Readonly<Record<number, DType>> = {
  0x08: 'uint8',
  0x09: 'int8',
  0x0b: 'int16',
  0x0c: 'int32',
  0x0d: 'float32',
  0x0e: 'float64',
};

/**
 * Reads an array in the IDX format of MNIST (two zero bytes, type, number of axes, sizes, values; big-endian). The
 * numbers may share the memory of `bytes`.
 *
 * @param bytes the file, already unpacked if it was a .gz
 * @throws UserError if magic number, type, sizes and number of bytes do not fit together
 */
export function decodeIdx(bytes: Uint8Array, name: string, limits?: ReadLimits): NumericArray {
  const fail = (why: string): never => {
    throw new UserError(`${name} is no whole IDX file: ${why}. Get it again.`);
  };
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) fail('it is still compressed by gzip');
  if (bytes.length < 4) fail(`it has ${bytes.length} bytes`);
  const [zero, alsoZero, code, axes] = bytes;
  if (zero !== 0 || alsoZero !== 0 || !Object.hasOwn(types, code) || axes === 0) {
    const start = Buffer.from(bytes.subarray(0, 4)).toString('hex');
    fail(
      `it starts with ${start}, but must start with 0000, a type (08, 09, 0b, 0c, 0d or 0e) and the number of axes`,
    );
  }
  const dataOffset = 4 + 4 * axes;
  if (bytes.length < dataOffset) fail(`it ends within the sizes of its ${axes} axes`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const shape = Array.from({ length: axes }, (_, axis) => view.getUint32(4 + 4 * axis));
  const dtype = types[code];
  const expected = valuesOf(shape) * itemSize[dtype];
  const found = bytes.length - dataOffset;
  if (found !== expected) {
    fail(`its shape [${shape.join(', ')}] of ${dtype} needs ${expected} bytes, but it has ${found}`);
  }
  checkSize(name, expected, limits);
  return { dtype, shape, data: fromRaw(bytes.subarray(dataOffset), dtype, true, name) };
}
