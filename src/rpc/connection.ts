/**
 * A byte stream to a peer, as both ends of the protocol need it. A `Deno.Conn`
 * is one; tests use pairs in memory.
 */

/** A connected byte stream. After `close`, pending reads and writes reject. */
export interface Connection {
  /** Reads into `target`; `null`, as Deno has it, once the peer has ended its side. */
  read(target: Uint8Array): Promise<number | null>;
  /** Writes a beginning of `bytes`, and says how much. */
  write(bytes: Uint8Array): Promise<number>;
  close(): void;
}
