import type { BundleMetadata, DisplayContent, MimeBundle } from './kernel-hook';

/**
 * Checks a bundle and turns bytes into base64.
 *
 * @throws TypeError when it is not an object of MIME types or cannot be written as JSON
 */
export function displayContent(bundle: MimeBundle, metadata: BundleMetadata = {}): DisplayContent {
  if (typeof bundle !== 'object' || bundle === null || Array.isArray(bundle)) {
    throw new TypeError('what is displayed must be an object from MIME types to contents');
  }
  const data: Record<string, unknown> = {};
  for (const [type, content] of Object.entries(bundle)) {
    if (!type.includes('/')) throw new TypeError(`«${type}» is not a MIME type`);
    if (content === undefined) continue;
    data[type] = mimeContent(type, content);
  }
  if (Object.keys(data).length === 0) throw new TypeError('what is displayed has no content');
  return { data, metadata: JSON.parse(JSON.stringify(metadata)) };
}

function mimeContent(type: string, content: unknown): unknown {
  if (content instanceof Uint8Array) return Buffer.from(content).toString('base64');
  if (typeof content === 'string') return content;
  if (/[/+]json$/.test(type)) {
    const json = JSON.stringify(content);
    if (json === undefined) throw new TypeError(`the content of «${type}» cannot be written as JSON`);
    return JSON.parse(json);
  }
  throw new TypeError(`the content of «${type}» must be text or bytes`);
}
