/**
 * One agent as a service that mDNS can find: its names, its records, and which
 * of them answer a question (agent.md section 11).
 */

import { type Address, addressFromBytes, parseIp } from "../../ports/address.ts";
import {
  foldName,
  isDnsName,
  type Question,
  type ResourceRecord,
  sameName,
  type Service,
} from "./mdns_message.ts";

/** The name under which a host lists all its services. */
const enumerationName = "_services._dns-sd._udp.local";

/** Returns the name that all agents of a cluster answer to, for instance `_serf_web._tcp.local`. */
export function serviceName(cluster: string): string {
  return `_serf_${cluster.toWellFormed()}._tcp.local`;
}

export interface ServiceFacts {
  readonly cluster: string;
  readonly nodeName: string;
  readonly hostName: string;
  /** Where the agent can be joined. */
  readonly address: Address;
}

export class MdnsService {
  readonly #name: string;
  readonly #instance: string;
  readonly #host: string;
  readonly #server: ResourceRecord;
  readonly #address: ResourceRecord;
  readonly #text: ResourceRecord;
  readonly #cluster: string;

  constructor({ cluster, nodeName, hostName, address }: ServiceFacts) {
    this.#cluster = cluster;
    this.#name = serviceName(cluster);
    this.#instance = `${nodeName.toWellFormed()}.${this.#name}`;
    this.#host = hostName.replace(/\.$/, "");
    this.#server = {
      type: "SRV",
      name: this.#instance,
      data: { target: this.#host, port: address.port, priority: 10, weight: 1 },
    };
    this.#address = {
      type: address.host.includes(":") ? "AAAA" : "A",
      name: this.#host,
      data: address.host,
    };
    this.#text = { type: "TXT", name: this.#instance, data: `Serf '${cluster}' cluster` };
  }

  /** Why it cannot be published: names of nodes and clusters are free, those of DNS are not. */
  get obstacle(): string | undefined {
    if (!isDnsName(this.#name)) return `'${this.#cluster}' does not fit into a DNS name`;
    if (!isDnsName(this.#instance)) return `the node's name does not fit into a DNS name`;
    return isDnsName(this.#host) ? undefined : `the host's name '${this.#host}' is no DNS name`;
  }

  /** Returns the records that answer a question; none if it is about something else. */
  answers({ name, type, isInternet }: Question): readonly ResourceRecord[] {
    if (!isInternet) return [];
    const wantsPointer = type === "PTR" || type === "ANY";
    if (sameName(name, enumerationName)) {
      return wantsPointer ? [{ type: "PTR", name: enumerationName, data: this.#name }] : [];
    }
    if (sameName(name, this.#name)) {
      const pointer = { type: "PTR", name: this.#name, data: this.#instance } as const;
      return wantsPointer ? [pointer, this.#server, this.#address, this.#text] : [];
    }
    if (sameName(name, this.#instance)) {
      if (type === "ANY") return [this.#server, this.#address, this.#text];
      if (type === "SRV") return [this.#server, this.#address];
      if (type === "TXT") return [this.#text];
    } else if (!sameName(name, this.#host)) return [];
    // Parity: a question for ANY about the host stays without an answer.
    return type === this.#address.type ? [this.#address] : [];
  }
}

/**
 * Finds the agents of a service in the records of one message.
 *
 * @param service see {@linkcode serviceName}.
 * @returns where each instance can be joined, by IPv4 if it has both; those whose
 * records are incomplete, or name an address that nobody can have, are left out.
 */
export function findInstances(records: readonly ResourceRecord[], service: string): Address[] {
  const instances = new Set<string>();
  const servers = new Map<string, Service>();
  const hosts = new Map<string, string>();
  for (const record of records) {
    const name = foldName(record.name);
    if (record.type === "PTR" && name === foldName(service)) instances.add(foldName(record.data));
    if (record.type === "SRV") servers.set(name, record.data);
    if (record.type === "A") hosts.set(name, record.data);
    if (record.type === "AAAA" && !hosts.has(name)) hosts.set(name, record.data);
  }

  const found: Address[] = [];
  for (const instance of instances) {
    const server = servers.get(instance);
    const host = server && hosts.get(foldName(server.target));
    const address = server && host !== undefined && hostAddress(host, server.port);
    if (address) found.push(address);
  }
  return found;
}

/** An address that a peer claims to have, if it can be one. */
function hostAddress(host: string, port: number): Address | undefined {
  const ip = parseIp(host);
  if (!ip || port === 0 || ip.every((byte) => byte === 0)) return undefined;
  const isMulticast = ip.length === 4 ? (ip[0] ?? 0) >= 224 : ip[0] === 0xff;
  return isMulticast ? undefined : addressFromBytes(ip, port);
}
