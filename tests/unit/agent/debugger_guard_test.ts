import { deepStrictEqual, strictEqual } from "node:assert/strict";
import { openNowhere } from "../../../src/agent/debugger_guard.ts";

/** A debugger that opens at `url`, or not at all, and notes what is done to it. */
function debuggerAt(url: string | undefined) {
  const calls: string[] = [];
  const inspector = {
    open: (port?: number, host?: string) => {
      calls.push(`open ${host}:${port}`);
      if (url === undefined) throw new Error("Address not available");
      return { [Symbol.dispose]() {} };
    },
    url: () => url,
    close: () => void calls.push("close"),
  };
  return { calls, inspector };
}

Deno.test("openNowhere() leaves the debugger open only where nobody can connect", async () => {
  const hidden = debuggerAt("ws://127.255.255.255:1/id");
  strictEqual(await openNowhere(hidden.inspector), true);
  deepStrictEqual(hidden.calls, ["open 127.255.255.255:0"]);

  using listener = Deno.listen({ hostname: "127.71.9.1", port: 0 });
  const reachable = debuggerAt(`ws://127.71.9.1:${listener.addr.port}/id`);
  strictEqual(await openNowhere(reachable.inspector), false);
  deepStrictEqual(reachable.calls, ["open 127.255.255.255:0", "close"]);

  strictEqual(await openNowhere(debuggerAt(undefined).inspector), false);
});
