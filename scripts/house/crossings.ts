/** How often a user event crosses the border between Serf and membership on its way into packets. */

import { settled } from "../lab/settled_cluster.ts";

const name = "on-its-way";

/** Counts the crossings in the calls that lead from adding an event to sending its first packet. */
export function crossingsOfEvent(): number {
  const cluster = settled(2, { membership: () => ({ compression: false }) });
  const { network } = cluster;
  const latin = new TextDecoder("latin1");
  let layers: string[] | undefined;
  Error.stackTraceLimit = Infinity;
  network.observe((_from, _to, packet) => {
    if (latin.decode(packet).includes(name)) layers ??= layersOf(new Error().stack);
  });
  cluster.core(0).userEvent(name, undefined, { coalesce: false });
  // Gossip was quiet for long: the event leaves in the turn that adds it.
  if (!layers) throw new Error("The event was not sent at once");
  return layers.filter((layer, n) => n > 0 && layer !== layers?.[n - 1]).length;
}

/** The layers whose functions are running, the innermost first. */
function layersOf(stack = ""): string[] {
  return Array.from(stack.matchAll(/\/src\/(serf|memberlist)\//g), ([, layer]) => layer!);
}
