/**
 * The context of a command that runs as a process of its own.
 *
 * Streams are written synchronously: a command may exit right after it printed,
 * and nothing it said is lost.
 */

import { encodeText } from "../bytes/text.ts";
import type { Context } from "./context.ts";
import type { Terminal } from "./terminal.ts";

/** The exit code of a process that SIGPIPE ended: 128 and the signal's number. */
const brokenPipeExit = 141;

/** A stream that takes what it has room for. */
interface Sink {
  writeSync(bytes: Uint8Array): number;
}

/** Returns the context of this process. The client is loaded when a command first connects. */
export function processContext(): Context {
  return {
    terminal: processTerminal,
    async connect(options) {
      const { RpcClient } = await import("../rpc/client.ts");
      return await RpcClient.connect(options);
    },
  };
}

const processTerminal: Terminal = {
  print: (text) => writeLine(Deno.stdout, text),
  warn: (text) => writeLine(Deno.stderr, text),
  variable: (name) => Deno.env.get(name) || undefined,
  rows() {
    if (!Deno.stdout.isTerminal()) return undefined;
    try {
      return Deno.consoleSize().rows;
    } catch {
      // A terminal that does not tell its size is one to print on.
      return undefined;
    }
  },
  interrupted() {
    const { promise, resolve } = Promise.withResolvers<void>();
    Deno.addSignalListener("SIGINT", () => resolve());
    return promise;
  },
};

/**
 * Writes a line.
 *
 * Parity: bytes that are not UTF-8 leave as the bytes they were, so that a name
 * read from the output names the same member.
 */
function writeLine(sink: Sink, text: string): void {
  try {
    writeAll(sink, encodeText(`${text}\n`));
  } catch (error) {
    if (!(error instanceof Deno.errors.BrokenPipe)) throw error;
    Deno.exit(brokenPipeExit);
  }
}

/** Writes all bytes; waits for the reader of a pipe that does not block by itself. */
export function writeAll(sink: Sink, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) {
    try {
      written += sink.writeSync(bytes.subarray(written));
    } catch (error) {
      if (!(error instanceof Deno.errors.WouldBlock)) throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    }
  }
}
