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
  ) {}

  /**
   * Reads a message whose signature is checked before anything in it is looked at.
   *
   * @throws Error when the message is incomplete or not signed with the key
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
    const json = (part: Buffer) => JSON.parse(part.toString());
    return new WireMessage(
      frames.slice(0, at),
      json(header),
      json(parent),
      json(metadata),
      json(content),
      extra,
    );
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
    const parts = [this.header, this.parent, this.metadata, this.content].map((part) => JSON.stringify(part));
    return [...this.identity, delimiter, sign(key, parts), ...parts, ...this.extra];
  }
}

function sign(key: string, parts: readonly (string | Buffer)[]): string {
  const hash = createHmac('sha256', key);
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
