import assert from "node:assert/strict";
import {
  readQuery,
  readResponse,
  type ResourceRecord,
} from "../../../../src/agent/discovery/mdns_message.ts";
import {
  findInstances,
  MdnsService,
  serviceName,
} from "../../../../src/agent/discovery/mdns_service.ts";
import { recordedExchange, recordedExchanges } from "../../../support/mdns.ts";

const service = serviceName("c1");
const facts = {
  cluster: "c1",
  nodeName: "m1",
  hostName: "vm",
  address: { host: "10.77.0.1", port: 7946 },
};

function ask(name: string, type: string, of = new MdnsService(facts)): readonly ResourceRecord[] {
  return of.answers({ name, type, isInternet: true, wantsUnicast: false });
}

function typesOf(records: readonly ResourceRecord[]): string {
  return records.map(({ type }) => type).join(" ");
}

for (const { question, packet, answers } of recordedExchanges) {
  Deno.test(`MdnsService.answers() answers "${question}" as a real agent does`, () => {
    const [asked] = readQuery(packet)?.questions ?? [];
    assert(asked);
    const [recorded] = answers;
    const expected = recorded ? readResponse(recorded) : [];
    assert.deepEqual(new MdnsService(facts).answers(asked), expected);
  });
}

Deno.test("MdnsService.answers() tells about instance and host only what was asked", () => {
  assert.equal(typesOf(ask(`m1.${service}`, "ANY")), "SRV A TXT");
  assert.equal(typesOf(ask(`m1.${service}`, "A")), "A");
  assert.equal(typesOf(ask(`m1.${service}`, "AAAA")), "");
  assert.equal(typesOf(ask(`m1.${service}`, "PTR")), "");
  assert.equal(typesOf(ask(service, "SRV")), "");
  assert.equal(typesOf(ask(service, "A")), "");
  assert.equal(typesOf(ask("vm", "A")), "A");
  assert.equal(typesOf(ask("vm", "AAAA")), "");
  assert.equal(typesOf(ask("vm", "ANY")), "");
  assert.equal(typesOf(ask(`m2.${service}`, "SRV")), "");
  assert.equal(typesOf(ask("_services._dns-sd._udp.local", "ANY")), "PTR");
  assert.equal(typesOf(ask("_services._dns-sd._udp.local", "SRV")), "");
});

Deno.test("MdnsService.answers() ignores the case of names", () => {
  assert.equal(typesOf(ask(service.toUpperCase(), "PTR")), "PTR SRV A TXT");
});

Deno.test("MdnsService.answers() is silent about other classes than the Internet's", () => {
  const question = { name: service, type: "PTR", isInternet: false, wantsUnicast: false };
  assert.deepEqual(new MdnsService(facts).answers(question), []);
});

Deno.test("MdnsService tells an IPv6 address as AAAA", () => {
  const own = new MdnsService({ ...facts, address: { host: "fd00::1", port: 1 } });
  assert.equal(typesOf(ask(service, "PTR", own)), "PTR SRV AAAA TXT");
  assert.deepEqual(ask("vm", "AAAA", own), [{ type: "AAAA", name: "vm", data: "fd00::1" }]);
  assert.deepEqual(ask("vm", "A", own), []);
});

Deno.test("MdnsService.obstacle names what DNS cannot hold", () => {
  const obstacle = (changes: Partial<typeof facts>) => {
    return new MdnsService({ ...facts, ...changes }).obstacle;
  };
  assert.equal(obstacle({}), undefined);
  assert.equal(obstacle({ nodeName: "web.1", hostName: "vm.example." }), undefined);
  assert.match(obstacle({ nodeName: "a".repeat(64) }) ?? "", /the node's name does not fit/);
  assert.match(obstacle({ nodeName: "a..b" }) ?? "", /the node's name does not fit/);
  assert.match(obstacle({ cluster: "a".repeat(64) }) ?? "", /'a+' does not fit/);
  assert.match(obstacle({ hostName: "" }) ?? "", /host's name '' is no DNS name/);
});

Deno.test("findInstances() finds the agents that real answers tell of", () => {
  const found = recordedExchange("PTR _serf_c1").answers.flatMap((answer) => {
    return findInstances(readResponse(answer) ?? [], service);
  });
  assert.deepEqual(found, [
    { host: "10.77.0.1", port: 7946 },
    { host: "10.77.0.2", port: 7947 },
  ]);
});

Deno.test("findInstances() finds its own service's instances only", () => {
  const records = ask(service, "PTR");
  assert.equal(findInstances(records, service).length, 1);
  assert.equal(findInstances(records, service.toUpperCase()).length, 1);
  assert.deepEqual(findInstances(records, serviceName("c2")), []);
  assert.deepEqual(findInstances(ask(`m1.${service}`, "ANY"), service), []);
});

Deno.test("findInstances() leaves out instances without server or address", () => {
  const records = ask(service, "PTR");
  for (const missing of ["SRV", "A"]) {
    assert.deepEqual(findInstances(records.filter(({ type }) => type !== missing), service), []);
  }
});

Deno.test("findInstances() prefers IPv4, whatever comes first", () => {
  const records = ask(service, "PTR");
  const ipv6 = { type: "AAAA", name: "VM", data: "fd00::1" } as const;
  const expected = [{ host: "10.77.0.1", port: 7946 }];
  assert.deepEqual(findInstances([ipv6, ...records], service), expected);
  assert.deepEqual(findInstances([...records, ipv6], service), expected);
  const withoutIpv4 = [...records.filter(({ type }) => type !== "A"), ipv6];
  assert.deepEqual(findInstances(withoutIpv4, service), [{ host: "fd00::1", port: 7946 }]);
});

Deno.test("findInstances() leaves out addresses that nobody can have", () => {
  const told = (host: string, port = 7946) => {
    return findInstances(
      ask(service, "PTR", new MdnsService({ ...facts, address: { host, port } })),
      service,
    );
  };
  assert.equal(told("10.0.0.1").length, 1);
  assert.deepEqual(told("10.0.0.1", 0), []);
  for (
    const host of ["0.0.0.0", "::", "224.0.0.251", "255.255.255.255", "ff02::fb", "1.2.3", "x"]
  ) {
    assert.deepEqual(told(host), [], host);
  }
});
