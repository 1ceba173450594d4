import assert from "node:assert/strict";
import { commandTable } from "../../../src/cli/command_table.ts";
import { parseFlags } from "../../../src/cli/flags.ts";

Deno.test("commandTable has the reference's fifteen commands and ours, sorted", () => {
  const names = commandTable.map(({ name }) => name);
  assert.deepEqual(
    names,
    "agent completion event events force-leave health info join keygen keys leave members metrics monitor query reachability reload rtt simulate tags version why"
      .split(" "),
  );
  assert.deepEqual(names, names.toSorted());
});

Deno.test("commandTable loads for each name the command whose help it is", async () => {
  for (const { name, synopsis, load } of commandTable) {
    const help = (await load()).help();
    if (name !== "version") assert.match(help, new RegExp(`^Usage: serf ${name}( |\\n)`));
    assert(synopsis.length > 0 && synopsis.length <= 72, name);
    for (const line of help.split("\n")) {
      assert(line.length <= 80, `${name}: ${line}`);
      assert(!line.includes("\t") && line === line.trimEnd(), `${name}: ${line}`);
    }
    assert(!help.endsWith("\n"));
  }
});

/** Every flag that scripts of the reference's users may give (cli.md section 7, agent.md section 5.2). */
const knownFlags: Readonly<Record<string, string>> = {
  agent: "bind iface advertise config-file config-dir discover mdns-iface mdns-disable-ipv4 " +
    "mdns-disable-ipv6 encrypt keyring-file event-handler join retry-join retry-interval " +
    "retry-max replay log-level node profile protocol rejoin broadcast-timeout " +
    "disable-compression role rpc-addr snapshot tag tags-file syslog",
  event: "coalesce rpc-addr rpc-auth",
  "force-leave": "prune rpc-addr rpc-auth",
  info: "format rpc-addr rpc-auth",
  join: "replay rpc-addr rpc-auth",
  keys: "install use remove list rpc-addr rpc-auth",
  leave: "rpc-addr rpc-auth",
  members: "detailed format name role status tag rpc-addr rpc-auth",
  monitor: "log-level rpc-addr rpc-auth",
  query: "format node tag timeout no-ack relay-factor rpc-addr rpc-auth",
  reachability: "verbose rpc-addr rpc-auth",
  rtt: "rpc-addr rpc-auth",
  tags: "set delete rpc-addr rpc-auth",
};

Deno.test("commandTable: every command's help names every flag of the reference", async () => {
  for (const { name, load } of commandTable) {
    const help = (await load()).help();
    for (const flag of knownFlags[name]?.split(" ") ?? []) {
      assert.match(help, new RegExp(`^  -${flag}\\b`, "m"), `${name} -${flag}`);
    }
  }
});

Deno.test("commandTable: every command has an example, with flags and arguments that it takes", async () => {
  for (const { name, load } of commandTable) {
    const { example = "", flags } = await load();
    const words = example.replace(/^source <\((.*)\)$/, "$1").replace(/ > .*$/, "").split(" ");
    assert.deepEqual(words.slice(0, 2), ["serf", name]);
    parseFlags(flags, words.slice(2));
  }
});
