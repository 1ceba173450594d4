/**
 * A small network of its own for a test: two network namespaces, joined by a
 * virtual cable. Multicast works there, and disturbs nobody.
 */

import { errorText } from "../../src/ports/error_text.ts";

/** Why namespaces cannot be made here; undefined if they can. */
export const namespaceObstacle: string | undefined = await findObstacle();

/** Test option: skips a test, visibly, where namespaces cannot be made. */
export const needsNamespaces = { ignore: namespaceObstacle !== undefined };

if (namespaceObstacle !== undefined) {
  console.warn(`TESTS WITH NETWORK NAMESPACES ARE SKIPPED: ${namespaceObstacle}`);
}

/** Test option: skips a test, visibly, where the cable cannot be made slow. */
export async function needsDelays(): Promise<{ ignore: boolean }> {
  const obstacle = namespaceObstacle ?? await findDelayObstacle();
  if (namespaceObstacle === undefined && obstacle !== undefined) {
    console.warn(`TESTS WITH A SLOW CABLE ARE SKIPPED: ${obstacle}`);
  }
  return { ignore: obstacle !== undefined };
}

/** Makes IPv6 addresses usable at once, without asking whether somebody else has them. */
const skipAddressCheck = "echo 0 > /proc/sys/net/ipv6/conf/default/accept_dad";

/** One end of the cable. */
export interface NamespaceEnd {
  /** The interface's address; the other end is the default route. */
  readonly ip: string;
  readonly interface: string;
  /** The command that runs another one in the namespace. */
  readonly wrapper: readonly string[];
}

/** Two namespaces, 10.77.0.1 and 10.77.0.2, until it is disposed of. */
export class NamespacePair implements AsyncDisposable {
  readonly left: NamespaceEnd;
  readonly right: NamespaceEnd;
  readonly #names: readonly [string, string];

  private constructor(tag: string) {
    this.#names = [`serf-${tag}-a`, `serf-${tag}-b`];
    const end = (ip: string, at: 0 | 1) => ({
      ip,
      interface: `v${tag}${"ab"[at]}`,
      wrapper: ["ip", "netns", "exec", this.#names[at]],
    });
    this.left = end("10.77.0.1", 0);
    this.right = end("10.77.0.2", 1);
  }

  /** @param routed whether each end is the other's default route. */
  static async create({ routed = true } = {}): Promise<NamespacePair> {
    const pair = new NamespacePair(crypto.randomUUID().slice(0, 8));
    try {
      await pair.#build(routed);
    } catch (error) {
      await pair[Symbol.asyncDispose]();
      throw error;
    }
    return pair;
  }

  /** Holds back everything that leaves either end, by milliseconds; only where `needsDelays` lets it. */
  async delay(duration: number): Promise<void> {
    const ends = [[this.#names[0], this.left], [this.#names[1], this.right]] as const;
    for (const [name, end] of ends) await addDelay(name, end.interface, duration);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const name of this.#names) await ip("netns", "del", name).catch(() => {});
  }

  async #build(routed: boolean): Promise<void> {
    const { left, right } = this;
    const [leftName, rightName] = this.#names;
    for (const name of this.#names) {
      await ip("netns", "add", name);
      await ip("netns", "exec", name, "sh", "-c", skipAddressCheck);
    }
    await ip(
      ...["link", "add", left.interface, "netns", leftName],
      ...["type", "veth", "peer", "name", right.interface, "netns", rightName],
    );
    const ends = [[leftName, left, right], [rightName, right, left]] as const;
    for (const [name, end] of ends) {
      await ip("-n", name, "link", "set", "lo", "up");
      await ip("-n", name, "addr", "add", `${end.ip}/24`, "dev", end.interface);
      await ip("-n", name, "link", "set", end.interface, "up");
    }
    for (const [name, end, other] of ends) {
      await waitUntilUp(name, end.interface);
      if (routed) await ip("-n", name, "route", "add", "default", "via", other.ip);
    }
  }
}

/** A cable that was just plugged in swallows packets for up to a second. */
async function waitUntilUp(namespace: string, name: string): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const link = await ip("-n", namespace, "link", "show", "dev", name);
    const address = await ip("-n", namespace, "-6", "addr", "show", "dev", name);
    if (link.includes("state UP") && / fe80:.*scope link $/m.test(address)) return;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function addDelay(namespace: string, device: string, duration: number): Promise<void> {
  await run("tc", [
    ...["-n", namespace, "qdisc", "add", "dev", device, "root"],
    ...["netem", "delay", `${duration}ms`],
  ]);
}

function ip(...args: readonly string[]): Promise<string> {
  return run("ip", args);
}

async function run(command: string, args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await new Deno.Command(command, {
    args: [...args],
    stdin: "null",
  }).output();
  const decoder = new TextDecoder();
  if (code !== 0) throw new Error(`${command} ${args.join(" ")}: ${decoder.decode(stderr).trim()}`);
  return decoder.decode(stdout);
}

async function findObstacle(): Promise<string | undefined> {
  if (Deno.build.os !== "linux") return "only Linux has them";
  if (Deno.uid() !== 0) return "that takes root";
  const name = `serf-probe-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await ip("netns", "add", name);
    await ip("netns", "del", name);
    return undefined;
  } catch (error) {
    return errorText(error);
  }
}

/** Not every kernel that has namespaces can hold packets back. */
async function findDelayObstacle(): Promise<string | undefined> {
  const name = `serf-probe-${crypto.randomUUID().slice(0, 8)}`;
  try {
    await ip("netns", "add", name);
    await addDelay(name, "lo", 1);
    return undefined;
  } catch (error) {
    return errorText(error);
  } finally {
    await ip("netns", "del", name).catch(() => {});
  }
}
