import { deepStrictEqual, rejects, strictEqual, throws } from "node:assert/strict";
import { decodeConfig, readConfigPaths } from "../../../../src/agent/settings/config_file.ts";

const decode = (text: string) => decodeConfig(new TextEncoder().encode(text));

function problems(text: string): string[] {
  try {
    decode(text);
  } catch (error) {
    const [head, empty, ...lines] = String((error as Error).message).split("\n");
    deepStrictEqual([head, empty], ["decoding failed due to the following error(s):", ""]);
    return lines;
  }
  throw new Error(`Accepted: ${text}`);
}

async function inDirectory(
  files: Record<string, string>,
  body: (directory: string) => Promise<void>,
): Promise<void> {
  const directory = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${directory}/${name}`, text);
    }
    await body(directory);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
}

Deno.test("decodeConfig() reads every key", () => {
  const layer = decode(JSON.stringify({
    node_name: "n",
    role: "r",
    disable_coordinates: true,
    tags: { a: "1" },
    tags_file: "t",
    bind: "b",
    advertise: "ad",
    encrypt_key: "k",
    encrypt_file: "ef",
    keyring_file: "kf",
    log_level: "warn",
    log_format: "json",
    rpc_addr: "ra",
    rpc_auth: "token",
    rpc_allow_open: true,
    rpc_tls_cert: "c",
    rpc_tls_key: "k",
    label: "l",
    cidr_allow: ["10.0.0.0/8"],
    protocol: 4,
    replay_on_join: true,
    query_response_size_limit: 1,
    query_size_limit: 2,
    user_event_size_limit: 3,
    start_join: ["s"],
    event_handlers: ["e"],
    handler_timeout: "20s",
    profile: "wan",
    snapshot_path: "sp",
    leave_on_terminate: true,
    skip_leave_on_interrupt: true,
    discover: "d",
    mdns: { interface: "mi", disable_ipv4: true, disable_ipv6: false },
    interface: "i",
    reconnect_interval: "1s",
    reconnect_timeout: "2s",
    tombstone_timeout: "3s",
    disable_name_resolution: true,
    enable_syslog: true,
    syslog_facility: "LOCAL1",
    retry_join: ["rj"],
    retry_max_attempts: 7,
    retry_interval: "4s",
    rejoin_after_leave: true,
    enable_compression: false,
    statsite_addr: "ss",
    statsd_addr: "sd",
    broadcast_timeout: "5s",
    validate_node_names: true,
    msgpackusenewtimeformat: true,
  }));
  deepStrictEqual(layer, {
    nodeName: "n",
    role: "r",
    disableCoordinates: true,
    tags: new Map([["a", "1"]]),
    tagsFile: "t",
    bind: "b",
    advertise: "ad",
    encryptKey: "k",
    encryptFile: "ef",
    keyringFile: "kf",
    logLevel: "warn",
    logFormat: "json",
    rpcAddr: "ra",
    rpcAuth: "token",
    rpcAllowOpen: true,
    rpcTlsCert: "c",
    rpcTlsKey: "k",
    label: "l",
    cidrAllow: ["10.0.0.0/8"],
    protocol: 4,
    replayOnJoin: true,
    queryResponseSizeLimit: 1,
    querySizeLimit: 2,
    userEventSizeLimit: 3,
    startJoin: ["s"],
    eventHandlers: ["e"],
    handlerTimeout: 20_000,
    profile: "wan",
    snapshotPath: "sp",
    leaveOnTerminate: true,
    skipLeaveOnInterrupt: true,
    discover: "d",
    mdnsInterface: "mi",
    mdnsDisableIpv4: true,
    mdnsDisableIpv6: false,
    interface: "i",
    reconnectInterval: 1000,
    reconnectTimeout: 2000,
    tombstoneTimeout: 3000,
    disableNameResolution: true,
    enableSyslog: true,
    syslogFacility: "LOCAL1",
    retryJoin: ["rj"],
    retryMaxAttempts: 7,
    retryInterval: 4000,
    rejoinAfterLeave: true,
    enableCompression: false,
    statsiteAddr: "ss",
    statsdAddr: "sd",
    broadcastTimeout: 5000,
    validateNodeNames: true,
  });
});

Deno.test("decodeConfig() matches keys without regard to case, exact ones first", () => {
  strictEqual(decode('{"NODE_Name":"x"}').nodeName, "x");
  strictEqual(decode('{"mdns":{"Interface":"lo"}}').mdnsInterface, "lo");
  deepStrictEqual(problems('{"NODE_NAME":"x","node_name":"y"}'), [
    "'agent.Config' has invalid keys: NODE_NAME",
  ]);
});

Deno.test("decodeConfig() takes null as unset and cuts fractions", () => {
  const layer = decode('{"node_name":null,"tags":null,"mdns":null,"protocol":4.9}');
  strictEqual(layer.nodeName, undefined);
  strictEqual(layer.tags, undefined);
  strictEqual(layer.protocol, 4);
  deepStrictEqual(decode("null"), {});
});

Deno.test("decodeConfig() keeps tags whatever they are called", () => {
  deepStrictEqual(
    [...decode('{"tags":{"constructor":"a","__proto__":"b","nil":null}}').tags ?? []],
    [["constructor", "a"], ["__proto__", "b"], ["nil", ""]],
  );
});

Deno.test("decodeConfig() lists all problems, in the order of the settings, unknown keys last", () => {
  deepStrictEqual(
    problems(
      '{"zeta":1,"event_handlers":["a",3],"alpha":2,"tags":{"a":1},"node_name":5,' +
        '"start_join":"x","protocol":"y","rejoin_after_leave":0,"mdns":{"foo":1,"interface":true}}',
    ),
    [
      "'node_name' must be a text, not a number",
      "'tags[a]' must be a text, not a number",
      "'start_join' must be a list, not a text",
      "'rejoin_after_leave' must be a boolean, not a number",
      "'mdns.interface' must be a text, not a boolean",
      "'event_handlers[1]' must be a text, not a number",
      "'protocol' must be a number, not a text",
      "'mdns' has invalid keys: foo",
      "'agent.Config' has invalid keys: alpha, zeta",
    ],
  );
  deepStrictEqual(problems('{"tags":["a"]}'), [
    "'tags' must be an object, not a list",
  ]);
});

Deno.test("decodeConfig() tells of bad durations, with their key, and of bad top levels", () => {
  throws(() => decode('{"retry_interval":"30"}'), {
    message: `'retry_interval': time: missing unit in duration "30"`,
  });
  throws(() => decode("[]"), { message: "it must hold an object, not a list" });
  throws(() => decode("5"), { message: "it must hold an object, not a number" });
});

Deno.test("readConfigPaths() reads a directory's .json files sorted by name, no deeper", async () => {
  const files = { "b.json": '{"node_name":"b"}', "B.json": '{"node_name":"B"}', "c.txt": "junk" };
  await inDirectory(files, async (directory) => {
    await Deno.mkdir(`${directory}/d.json`);
    const layers = await readConfigPaths([directory]);
    deepStrictEqual(layers.map((layer) => layer.nodeName), ["B", "b"]);
  });
});

Deno.test("readConfigPaths() keeps the order of its arguments", async () => {
  const files = { "a.json": '{"node_name":"a"}', "b.json": '{"node_name":"b"}' };
  await inDirectory(files, async (directory) => {
    const layers = await readConfigPaths([`${directory}/b.json`, `${directory}/a.json`]);
    deepStrictEqual(layers.map((layer) => layer.nodeName), ["b", "a"]);
  });
});

Deno.test("readConfigPaths() names the file that it could not read or decode", async () => {
  await inDirectory({ "a.json": '{"a":' }, async (directory) => {
    await rejects(readConfigPaths([`${directory}/no.json`]), {
      message:
        `Error reading '${directory}/no.json': open ${directory}/no.json: no such file or directory`,
    });
    await rejects(readConfigPaths([directory]), {
      message: `Error decoding '${directory}/a.json': unexpected EOF`,
    });
  });
});

Deno.test("readConfigPaths() remembers which files hold a key or a token", async () => {
  const directory = await Deno.makeTempDir();
  try {
    const files = {
      a: "{}",
      b: '{"encrypt_key": "k"}',
      c: '{"rpc_auth": "t"}',
      d: '{"rpc_auth": ""}',
    };
    for (const [name, text] of Object.entries(files)) {
      await Deno.writeTextFile(`${directory}/${name}.json`, text);
    }
    const layers = await readConfigPaths([directory]);
    deepStrictEqual(layers.map(({ secretFiles }) => secretFiles), [
      undefined,
      [`${directory}/b.json`],
      [`${directory}/c.json`],
      undefined,
    ]);
  } finally {
    await Deno.remove(directory, { recursive: true });
  }
});
