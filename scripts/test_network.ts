/** A network for the tests where the ports of agents are taken on this machine. */

import { bundleWhole } from "./bundle.ts";
import { ownNetwork } from "./lab/own_network.ts";
import { toolOutput } from "./lab/command.ts";

const ports = [7946, 7373];

/**
 * Returns the command that runs another one where the ports are free; empty if they are free here.
 *
 * @throws {Error} if they are not, and there can be no other network.
 */
export async function freeNetwork(): Promise<string[]> {
  const taken = ports.find(isTaken);
  if (taken === undefined) return [];
  // Anybody but root needs a namespace of users first, in which to be allowed the other one.
  const user = Deno.uid() === 0 ? [] : ["--user", "--map-current-user", "--keep-caps"];
  const [command, ...args] = ownNetwork(...user);
  try {
    await toolOutput(command, ...args, "true");
  } catch (cause) {
    const message = `Port ${taken} is in use here: stop the agent that has it (${cause})`;
    throw new Error(message, { cause });
  }
  // What tests of the bundle have to download cannot be had in there.
  const file = await Deno.makeTempFile();
  await bundleWhole(file).finally(() => Deno.remove(file));
  console.log(`Port ${taken} is in use here: the tests run in a network of their own\n`);
  return [command, ...args];
}

function isTaken(port: number): boolean {
  try {
    Deno.listen({ hostname: "0.0.0.0", port }).close();
    Deno.listenDatagram({ transport: "udp", hostname: "0.0.0.0", port }).close();
    return false;
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return true;
    throw error;
  }
}
