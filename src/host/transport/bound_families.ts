/**
 * Which version of IP a socket hears.
 *
 * Parity: the reference listens in both families where no address, or 0.0.0.0, is
 * asked for, so that any address of the machine can be advertised.
 */

/** A version of IP. */
export type Family = Deno.NetworkInterfaceInfo["family"];

/** Returns what to bind where `host` is asked for: every address is one socket for both families. */
export function hostToBind(host: string): string {
  if (host !== "" && host !== "0.0.0.0") return host;
  return hearsBoth() ? "::" : "0.0.0.0";
}

/** Returns the families that reach a node which was asked to listen on `host`. */
export function boundFamilies(host: string): readonly Family[] {
  const bound = hostToBind(host);
  if (!bound.includes(":")) return ["IPv4"];
  return bound === "::" && hearsBoth() ? ["IPv4", "IPv6"] : ["IPv6"];
}

/**
 * Whether a socket on `::` hears IPv4 as well: then nobody else can have its port there.
 *
 * It does not on Windows, nor can it be had where IPv6 is switched off.
 */
function hearsBoth(): boolean {
  try {
    const both = Deno.listenDatagram({ transport: "udp", hostname: "::", port: 0 });
    const isTaken = both.addr.transport === "udp" && !canBind("0.0.0.0", both.addr.port);
    both.close();
    return isTaken;
  } catch {
    return false;
  }
}

function canBind(hostname: string, port: number): boolean {
  try {
    Deno.listenDatagram({ transport: "udp", hostname, port }).close();
    return true;
  } catch {
    return false;
  }
}
