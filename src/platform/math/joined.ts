/** Arrays of one kind, one after the other, as a new array. */
export function joined<T extends Float64Array | Float32Array | Int32Array | Uint8Array>(
  Type: { new (length: number): T },
  parts: readonly T[],
): T {
  const all = new Type(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
