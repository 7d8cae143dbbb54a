import { createHmac, randomUUID, timingSafeEqual } from 'node:crypto';

/** The header of a Jupyter message. */
export interface MessageHeader {
  version: string;
  date: string;
  session: string;
  username: string;
  msg_type: string;
  msg_id: string;
}

const delimiter = Buffer.from('<IDS|MSG>');

/** One message of Jupyter's wire protocol (version 5.3): routing prefix, signature, four JSON parts, buffers. */
export class WireMessage {
  constructor(
    readonly identity: Buffer[],
    readonly header: MessageHeader,
    readonly parent: MessageHeader,
    public metadata: Record<string, unknown>,
    public content: Record<string, unknown>,
    public extra: Buffer[],
    /** Of a message that was received: different for any two, as headers hold a time. */
    readonly signature = '',
  ) {}

  /**
   * Reads a message whose signature is checked before anything in it is looked at.
   *
   * @throws Error when the message is incomplete, not signed with the key, or its parts are no JSON objects
   */
  static parse(key: string, frames: readonly Buffer[]): WireMessage {
    const at = frames.findIndex((frame) => frame.equals(delimiter));
    const [signature, header, parent, metadata, content, ...extra] = frames.slice(at + 1);
    if (at < 0 || !signature || !header || !parent || !metadata || !content) {
      throw new Error('a message without all of its parts was ignored');
    }
    const expected = Buffer.from(sign(key, [header, parent, metadata, content]));
    if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
      throw new Error('a message with a wrong signature was ignored');
    }
    const [head, parentHead, meta, body] = [header, parent, metadata, content].map((part) =>
      JSON.parse(part.toString()),
    );
    if (![head, parentHead, meta, body].every(isRecord) || typeof head.msg_type !== 'string') {
      throw new Error('a message whose parts are no objects was ignored');
    }
    return new WireMessage(frames.slice(0, at), head, parentHead, meta, body, extra, expected.toString());
  }

  /** An empty message that answers this one; its type has to be set. */
  createReply(): WireMessage {
    const header: MessageHeader = {
      version: '5.3',
      date: new Date().toISOString(),
      session: this.header.session,
      username: this.header.username,
      msg_type: this.header.msg_type,
      msg_id: randomUUID(),
    };
    return new WireMessage(this.identity, header, this.header, {}, {}, []);
  }

  /** The message as it travels, signed. */
  frames(key: string): (string | Buffer)[] {
    const parts = [this.header, this.parent, this.metadata, this.content].map(wellFormedJson);
    return [...this.identity, delimiter, sign(key, parts), ...parts, ...this.extra];
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** JSON without halves of surrogate pairs, with which nobody can write a file. */
function wellFormedJson(part: unknown): string {
  const json = JSON.stringify(part);
  if (!/\\ud[89a-f]/i.test(json)) return json;
  return JSON.stringify(part, (_, value) => (typeof value === 'string' ? wellFormed(value) : value));
}

function wellFormed(text: string): string {
  return (text as unknown as { toWellFormed(): string }).toWellFormed();
}

function sign(key: string, parts: readonly (string | Buffer)[]): string {
  const hash = createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
