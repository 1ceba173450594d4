/** The sockets of a node, opened as its options say. */

import { reject } from "../memberlist/reject.ts";
import { defaultPort } from "../ports/address.ts";
import { boundedLog } from "../ports/bounded_log.ts";
import type { Clock } from "../ports/clock.ts";
import type { Log } from "../ports/log.ts";
import type { Meter } from "../ports/meter.ts";
import { DenoTransport } from "./transport/deno_transport.ts";
import { StartError } from "./errors.ts";
import { membershipSettings, type NodeOptions } from "./node_options.ts";

/**
 * Opens both sockets of a node.
 *
 * @throws {StartError} if the address cannot be bound.
 */
export function openTransport(
  options: NodeOptions,
  ports: { readonly clock: Clock; readonly log: Log; readonly meter: Meter },
): DenoTransport {
  const { clock, meter } = ports;
  const log = boundedLog(ports.log, clock).named("memberlist");
  try {
    return new DenoTransport({
      bind: { host: options.bind?.host ?? "0.0.0.0", port: options.bind?.port ?? defaultPort },
      streamTimeout: membershipSettings(options).tcpTimeout,
      log,
      meter,
      complain: (peer, reason, message) => reject({ log, meter }, peer, reason, message),
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartError(
      "Failed to create memberlist: could not set up network transport: " +
        `failed to obtain an address: ${reason}`,
      { cause: error },
    );
  }
}
