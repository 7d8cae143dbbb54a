import type { SendingSocket, WireMessage } from './wire-message';

/** What takes part in Jupyter's comms (widgets): hears the front end's messages, lists the open comms. */
export interface CommHandler {
  /** Open comms by id, all or those of one target. */
  list(targetName?: string): Readonly<Record<string, { target_name: string }>>;
  /** Hears comm_open, comm_msg and comm_close, in the order of their arrival. */
  handle(message: WireMessage, socket: SendingSocket): void;
}

/** No comms: a front end that opens one is not answered, which it takes for «nothing there». */
export const noComms: CommHandler = { list: () => ({}), handle: () => undefined };
