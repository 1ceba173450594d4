/**
 * Keeps the runtime's debugger shut, through which everybody on this machine could
 * run code as the agent.
 *
 * Deno opens it at SIGUSR1, the signal that asks an agent for its metrics, unless it
 * is open already, and has no switch for that. So it is opened beforehand where
 * nobody can connect: at the broadcast address of the loopback network. Where that
 * fails, or is not permitted, a listener takes the debugger's port when the signal
 * comes; a busy program may be too late, and then closes the debugger.
 * Programs made by `deno compile` have none.
 */

import type { Milliseconds } from "../ports/clock.ts";

/** Where the runtime opens its debugger. */
const debuggerAddress = { hostname: "127.0.0.1", port: 9229 };
/** A stream to a broadcast address is refused by the sender's own system. */
const unreachable = "127.255.255.255";
/** The runtime acts on the signal in its next turn; one that takes longer is a stall. */
const holdTime: Milliseconds = 1000;

type Inspector = Pick<typeof import("node:inspector"), "open" | "close" | "url">;

/** Begins to keep the debugger shut. @returns ends it. */
export function keepDebuggerShut(): () => void {
  if (Deno.build.os === "windows" || Deno.build.standalone) return () => {};
  let inspector: Inspector | undefined;
  let isShut = false;
  // The runtime acts on the signal from half a second after its start.
  void loadInspector().then(async (loaded) => {
    inspector = loaded;
    isShut = loaded !== undefined && await openNowhere(loaded);
  });

  const withstand = () => {
    if (isShut) return;
    const port = holdPort();
    if (!port) inspector?.close();
    setTimeout(() => {
      port?.close();
      if (!isShut) inspector?.close();
    }, holdTime);
  };
  Deno.addSignalListener("SIGUSR1", withstand);
  return () => {
    Deno.removeSignalListener("SIGUSR1", withstand);
    if (isShut) inspector?.close();
  };
}

/** `undefined` without the permission, which would be asked for on the terminal. */
async function loadInspector(): Promise<Inspector | undefined> {
  // @ts-expect-error: the runtime has this kind; its types lack it.
  const { state } = Deno.permissions.querySync({ name: "sys", kind: "inspector" });
  if (state !== "granted") return undefined;
  return await import("node:inspector");
}

/** Opens the debugger where nobody can connect, which is tried. @returns whether it worked. */
export async function openNowhere(inspector: Inspector): Promise<boolean> {
  try {
    inspector.open(0, unreachable);
  } catch {
    return false;
  }
  try {
    const { hostname, port } = new URL(inspector.url() ?? "");
    (await Deno.connect({ hostname, port: Number(port) })).close();
  } catch {
    return true;
  }
  inspector.close();
  return false;
}

function holdPort(): Deno.Listener | undefined {
  try {
    return Deno.listen(debuggerAddress);
  } catch {
    // The debugger has it already, or another program, which keeps the debugger out.
    return undefined;
  }
}
