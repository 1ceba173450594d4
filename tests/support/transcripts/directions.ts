/**
 * What the records leave unsaid: agents that were there without being listed,
 * files that are described instead of quoted, and what had happened to an agent
 * before the case.
 */

import type { Order, Transcript } from "./transcript.ts";

/** Amends a case. */
export interface Direction {
  readonly setup?: readonly string[];
  readonly command?: readonly string[];
  readonly files?: Readonly<Record<string, string>>;
  readonly steps?: readonly string[];
  readonly racyLines?: readonly string[];
  readonly order?: Order;
  /** Shell commands that prepare the network; such a case needs one of its own. */
  readonly network?: readonly string[];
  readonly syslog?: "none" | "heard";
}

/** A record of everything that a handler script was given. */
const recordingHandler = `#!/bin/sh
{
  env | grep '^SERF_' | LC_ALL=C sort
  echo "CWD=$(pwd)"
  echo "ARGC=$#"
  echo "--"
  od -An -v -c
  echo "=="
} >> invocations
`;

/** The pair of interfaces that the cases about networks had. */
const interfacePair = [
  "ip link add va type veth peer name vb",
  "ip addr add 10.77.0.1/24 dev va",
  "ip link set va up",
  "ip link set vb up",
  // Link-local addresses come by themselves, and can be used once checked for duplicates.
  "for i in $(seq 400); do " +
  "[ $(ip -6 -o addr show scope link | grep -vc tentative) -ge 2 ] && break; sleep 0.05; done",
];

/** As the cases about queries had it. */
const agentWithHandlers = "serf agent -node=n1 -bind=127.0.0.1:7946 -tag role=web -tag dc=east " +
  "'-event-handler=query:fail=echo nope; exit 3'";

const peer = "serf agent -node=n2 -bind=127.0.0.2 -rpc-addr=127.0.0.2:7373";

/** The amendments, by id of the case. */
const directions: Readonly<Record<string, Direction>> = {
  // Without a private address, "every address" can only be told as such.
  "agent/bind-empty-host": { network: [":"] },
  "agent/keyring-with-encrypt": {
    racyLines: [
      "[INFO] agent: Received event: member-leave",
      "[WARN] agent: Serf shutdown detected, quitting",
    ],
  },
  "agent/leave-with-peer": { setup: [peer] },
  "agent/name-conflict": {
    // Peers tell of their members in no fixed order.
    order: "lines-any-order",
    setup: [
      "serf agent -node=dup -bind=127.0.0.2 -rpc-addr=127.0.0.2:7373",
      "serf agent -node=third -bind=127.0.0.3 -rpc-addr=127.0.0.3:7373 -join=127.0.0.2",
    ],
  },
  "agent/rpc-in-use": { setup: ["serf agent -node=n1 -bind=127.0.0.1"] },
  "agent/sighup-big-tags": {
    steps: [`c.json becomes {"tags":{"t":"${"x".repeat(520)}"}}`, "SIGHUP", "1 s later SIGINT"],
  },
  "agent/sighup-reload": {
    steps: [
      'c.json becomes {"tags":{"b":"2"},"log_level":"debug",' +
      '"event_handlers":["member-update=echo updated"]}',
      "SIGHUP",
      "4 s later SIGINT",
    ],
  },
  "agent/snapshot-content-kill": {
    steps: [
      "wait for the line '[INFO] agent: Received event: member-join'",
      "serf event x",
      "serf query -timeout=100ms y",
      "SIGTERM",
    ],
  },
  "connect/interrupt-while-waiting": { setup: ["a silent server on 127.0.0.1:7390"] },
  "connect/peer-close": { setup: ["a close server on 127.0.0.1:7390"] },
  "connect/peer-die": { setup: ["a die server on 127.0.0.1:7390"] },
  "connect/peer-garbage": { setup: ["a garbage server on 127.0.0.1:7390"] },
  "handlers-log/blocks-others": {
    steps: ["serf event -coalesce=false s 1", "serf event -coalesce=false s 2", "SIGTERM"],
  },
  "handlers-log/two-handlers-in-order": {
    steps: [
      "wait for the line 'script output: third'",
      "serf event -coalesce=false a",
      "SIGTERM",
    ],
  },
  "handlers/user-not-coalesced": {
    steps: [
      "serf event -coalesce=false nc 0",
      "serf event -coalesce=false nc 1",
      "serf event -coalesce=false nc 2",
    ],
  },
  "monitor/agent-leaves": {
    racyLines: [
      "agent: Received event: member-leave",
      "agent: requesting serf shutdown",
      "agent: shutdown complete",
      "agent: Serf shutdown detected",
    ],
  },
  "monitor/backlog-and-user-event": {
    setup: [
      "serf agent -node=n1 -bind=127.0.0.1 -tag role=web",
      "wait until n1 prints 'Received event: member-join'",
    ],
  },
  "monitor/lower-case-level": {
    setup: [
      agentWithHandlers,
      "wait until n1 prints 'Received event: member-join'",
      "serf members -name=[",
      "serf members -name=(",
      "serf query -timeout=300ms fail",
      "wait until n1 prints 'exit status 3'",
      "serf keys -list",
      "serf keys -install=T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=",
      "serf keys -use=T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=",
      "serf keys -remove=T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=",
    ],
  },
  "network/default-bind-no-private": { network: [":"] },
  "network/default-bind-private": {
    network: interfacePair,
    steps: ["serf members", "SIGINT"],
  },
  "network/iface-no-usable": { network: interfacePair },
  "network/iface-port": { network: interfacePair },
  // Recorded with 200 ms, which a handler on a busy machine may need for itself.
  "query/timeout-short": { command: ["serf", "query", "-timeout=2s", "load"] },
  "reachability/missing-ack": { files: { "c.json": "{}" } },
  "syslog/syslog-no-socket": { syslog: "none", network: [":"] },
  "telemetry/statsd-lines": {
    files: {
      "c.json": '{"statsd_addr":"127.0.0.9:8125","statsite_addr":"127.0.0.9:8126"}',
    },
    setup: [
      "a statsd server on 127.0.0.9:8125",
      "a statsite server on 127.0.0.9:8126",
      "serf agent -node=n1 -bind=127.0.0.1 -config-file=<DIR>/c.json -snapshot=<DIR>/snapshot " +
      "'-event-handler=query:load=echo 1' -event-handler=user:deploy=true",
      "serf agent -node=n2 -bind=127.0.0.2 -rpc-addr=127.0.0.2:7373",
      "serf join -rpc-addr=127.0.0.2:7373 127.0.0.1",
      "serf event deploy",
      "serf query load",
      "serf tags -set a=1",
      "wait until serf rtt n2 succeeds",
      "serf leave -rpc-addr=127.0.0.2:7373",
    ],
  },
  "telemetry/statsite-lines": { setup: [] },
  "telemetry/usr1-dump": {
    setup: ["serf agent -node=n3 -bind=127.0.0.3 -rpc-addr=127.0.0.3:7373"],
  },
  "syslog/syslog-warn": { syslog: "heard", network: [":"] },
};

/** Returns a case with what was left unsaid. */
export function directed(
  transcript: Transcript,
): Transcript & Pick<Direction, "network" | "syslog"> {
  const { network, syslog, ...direction } = directions[transcript.id] ?? {};
  return {
    ...transcript,
    ...direction,
    files: { ...transcript.files, ...handlerOf(transcript), ...direction.files },
    racyLines: direction.racyLines ?? transcript.racyLines,
    order: direction.order ?? transcript.order,
    ...network ? { network } : {},
    ...syslog ? { syslog } : {},
  };
}

function handlerOf(transcript: Transcript): Record<string, string> {
  return transcript.files["h.sh"] === undefined ? {} : { "h.sh": recordingHandler };
}

/**
 * Cases that were recorded one after the other on the same agents, with lines of
 * setup between them. An id stands for its case.
 */
export const stories: readonly (readonly string[])[] = [
  // Some metrics take half a minute to show: these go first.
  ["telemetry/usr1-dump"],
  ["telemetry/statsd-lines", "telemetry/statsite-lines"],
  [
    "keys/list-one",
    "serf keys -install=T9jncgl9mbLus+baTTa7q7nPSUrXwbDi2dhbtqir37s=",
    "keys/install-again",
    "keys/use",
    "keys/remove",
    "keys/remove-unknown",
    "keys/install-empty-flag-separate",
    "keys/list-after",
    "keys/install-bad-length",
    "auth/right",
    "auth/wrong",
    "auth/env",
    "auth/both-env",
    "auth/missing-event",
    "auth/missing-force-leave",
    "auth/missing-info",
    "auth/missing-monitor",
    "auth/missing-reachability",
    "auth/missing-rtt",
    "auth/missing-rtt-one",
    "auth/missing-tags",
    "keys/list-node-missing",
  ],
  [
    "info/three-nodes",
    "members/three-nodes-text",
    "members/three-nodes-json",
    "members/three-nodes-detailed",
    "members/filter-name-prefix",
    "members/filter-status-alive-name",
    "members/filter-tag-two",
    "query/three-nodes",
    "query/three-nodes-two-names",
    "reachability/three-nodes",
    "rtt/second-unknown",
    "wait until serf rtt n3 succeeds",
    "rtt/one-name",
    "force-leave/alive-node",
    // The news of n3's protest takes a moment.
    "wait 1 s",
    "members/after-force-leave-alive",
    "members/failed-node",
    "members/failed-node-json",
    "query/with-failed",
    "reachability/with-failed",
    "force-leave/failed-node",
    "members/left-after-force-leave",
    "force-leave/prune-left",
    "members/pruned",
  ],
  [
    "monitor/backlog-and-user-event",
    "serf members",
    "serf query ask me",
    "serf members -status=alive",
    "serf tags -set a=1",
    "wait until n1 prints 'Received event: member-update'",
    "monitor/event-no-payload",
    "monitor/sigterm",
    "monitor/debug-level",
    "monitor/agent-leaves",
  ],
  [
    "handlers/member-join-self",
    "handlers/user-payload",
    "serf event -coalesce=false second",
    "wait until the handler ran 2 times for user",
    "handlers/user-no-payload",
    "handlers/user-coalesced",
    "handlers/user-not-coalesced",
    "handlers/query-payload",
    "handlers/query-no-payload",
    "serf agent -node=n2 -bind=127.0.0.2 -rpc-addr=127.0.0.2:7373 -tag role=db -tag z=tab\there",
    "serf join 127.0.0.2",
    "wait until the handler ran 2 times for member-join",
    "serf tags -rpc-addr=127.0.0.2:7373 -set role=cache -delete z",
    "wait until the handler ran 1 time for member-update",
    "handlers/member-update-self",
    "kill -9 of n2, wait until it is listed as failed",
    "wait until the handler ran 1 time for member-failed",
    // The reference tells of earlier updates again, soon after.
    "wait 1 s",
    "handlers/member-leave-forced",
    "handlers/member-reap",
  ],
];
