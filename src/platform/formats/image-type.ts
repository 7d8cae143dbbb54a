const imageTypes: readonly (readonly [type: string, start: readonly number[]])[] = [
  ['image/png', [0x89, 0x50, 0x4e, 0x47]],
  ['image/jpeg', [0xff, 0xd8, 0xff]],
  ['image/gif', [0x47, 0x49, 0x46]],
];

/** The MIME type of a picture by its first bytes; undefined for other bytes. */
export function imageType(bytes: Uint8Array): string | undefined {
  return imageTypes.find(([, start]) => start.every((byte, i) => bytes[i] === byte))?.[0];
}
