/**
 * How does one event spread through a cluster?
 *
 *     deno task lab spread [--members=40] [--seed=103] [--percent=5]
 *
 * Prints a picture of one simulated event, of which `--percent` of the packets are lost:
 * `src/docs/protocol/dissemination.svg` is one. Time goes from left to right. Each row is a
 * member, in the order of the tree that the event would take if nothing was lost. More than 40
 * members take longer than the picture is wide.
 */

import { profiles } from "../../src/memberlist/config.ts";
import { gossipTuning } from "../../src/memberlist/gossip_tuning.ts";
import { type Address, sameAddress } from "../../src/ports/address.ts";
import type { Milliseconds } from "../../src/ports/clock.ts";
import { SimRandom } from "../../src/sim/sim_random.ts";
import { readArguments, runScript } from "../lab/command_line.ts";
import { settled } from "../lab/settled_cluster.ts";
import { curve, picture, text } from "../lab/svg.ts";

/** A packet with the event, from one member to another. */
interface Flight {
  readonly from: number;
  readonly to: number;
  readonly sentAt: Milliseconds;
  readonly arrivesAt: Milliseconds;
  readonly isLost: boolean;
}

/** A part of the time, drawn as wide as `x` says. */
interface Panel {
  readonly kind: "eager" | "backup";
  readonly title: string;
  readonly start: Milliseconds;
  readonly end: Milliseconds;
  readonly x: number;
}

const defaults = { members: 40, seed: 103, percent: 5 };
const eventName = "deploy";
const backupAt = gossipTuning.backupShare * profiles.lan.gossipInterval;
const panels: readonly [Panel, Panel] = [
  { kind: "eager", title: "Eager push along the tree", start: 0, end: 4, x: 70 },
  { kind: "backup", title: "Backup round", start: backupAt, end: backupAt + 5, x: 456 },
];
const pixelsPerMillisecond = 84;
const rowHeight = 13;
const top = 78;

/**
 * Returns the packets that carry an event which the first member fires in a quiet cluster.
 *
 * @param loss the share of packets that are lost from then on.
 */
function flightsOfEvent(members: number, seed: number, loss: number): Flight[] {
  const cluster = settled(members, { seed, membership: () => ({ compression: false }) });
  const { clock, network } = cluster;
  const startedAt = clock.now();
  const random = new SimRandom(seed);
  const latin = new TextDecoder("latin1");
  const flights: Flight[] = [];
  const indexOf = (address: Address) =>
    cluster.members.findIndex((member) => sameAddress(member.address, address));
  let carriesEvent = false;
  network.quality.jitter = 0;
  network.observe((_from, _to, packet) => carriesEvent = latin.decode(packet).includes(eventName));
  // Decides what the network would, so that it is known here.
  network.filterDatagrams((from, to) => {
    const isLost = random.uniform() < loss;
    network.quality.latency = 0.5 + random.uniform() / 2;
    if (carriesEvent) {
      const sentAt = clock.now() - startedAt;
      flights.push({
        from: indexOf(from),
        to: indexOf(to),
        sentAt,
        arrivesAt: sentAt + network.quality.latency,
        isLost,
      });
    }
    return !isLost;
  });
  cluster.core(0).userEvent(eventName, undefined, { coalesce: false });
  clock.advance(profiles.lan.gossipInterval);
  return flights;
}

/** The packet that brought each member the event, by the member's number. */
function firstArrivals(flights: readonly Flight[]): ReadonlyMap<number, Flight> {
  const first = new Map<number, Flight>();
  const arrived = flights.filter(({ isLost, to }) => !isLost && to !== 0)
    .sort((a, b) => a.arrivesAt - b.arrivesAt);
  for (const flight of arrived) if (!first.has(flight.to)) first.set(flight.to, flight);
  return first;
}

/** The members in the order of the tree: each between the first and the second half of its children. */
function treeOrder(arrivals: ReadonlyMap<number, Flight>, root = 0): number[] {
  const children = [...arrivals.values()].filter(({ from }) => from === root)
    .map(({ to }) => treeOrder(arrivals, to));
  const middle = Math.ceil(children.length / 2);
  return [...children.slice(0, middle).flat(), root, ...children.slice(middle).flat()];
}

/** Draws how an event spreads. */
export function spreadPicture({ members, percent, seed } = defaults): string {
  const flights = flightsOfEvent(members, seed, percent / 100);
  const arrivals = firstArrivals(flights);
  const order = treeOrder(firstArrivals(flightsOfEvent(members, seed, 0)));
  const bottom = top + members * rowHeight;
  const rowOf = (member: number) => top + (order.indexOf(member) + 0.5) * rowHeight;
  const arrivedAt = (member: number) =>
    member === 0 ? 0 : arrivals.get(member)?.arrivesAt ?? Infinity;

  const elements = panels.flatMap((panel) => {
    const { start, end, x } = panel;
    const inside = flights.filter(({ sentAt }) => sentAt >= start && sentAt < end);
    const isFirst = (flight: Flight) => arrivals.get(flight.to) === flight;
    const lacking = order.filter((member) => arrivedAt(member) > start);
    const count = order.filter((member) => arrivedAt(member) <= end).length;
    return [
      ...panelFrame(panel, bottom),
      text(x, top - 20, "small", `${count} of ${members} members have the event`),
      ...lacking.map((member) => dot(x, rowOf(member), "lacks")),
      // First copies lie above all others.
      ...[...inside.filter((flight) => !isFirst(flight)), ...inside.filter(isFirst)].map(
        (flight) => {
          const kind = flight.isLost ? "lost" : isFirst(flight) ? panel.kind : "again";
          const [x1, y1] = [xOf(flight.sentAt, panel), rowOf(flight.from)];
          const [x2, y2] = [xOf(flight.arrivesAt, panel), rowOf(flight.to)];
          return drawFlight(kind, `M${x1} ${y1}${curve(x1, y1, x2, y2, "x")}`, x2, y2);
        },
      ),
    ];
  });
  const [{ x }] = panels;
  elements.push(
    `<circle class="eager" cx="${x}" cy="${rowOf(0)}" r="5"/>`,
    text(x - 10, rowOf(0) + 4, "small end", "origin"),
    ...legend(x, bottom + 54),
  );
  const title = `One event in a cluster of ${members}, ${percent} % of the packets lost`;
  return picture({ width: 910, height: bottom + 74, title, style }, elements);
}

function xOf(time: Milliseconds, panel: Panel): number {
  return panel.x + (time - panel.start) * pixelsPerMillisecond;
}

function panelFrame(panel: Panel, bottom: number): string[] {
  const { start, end, title, x } = panel;
  const [y1, y2] = [top - 6, bottom + 6];
  const width = (end - start) * pixelsPerMillisecond;
  const times = Array.from({ length: end - start + 1 }, (_, n) => start + n);
  return [
    text(x, top - 40, "title", title),
    `<rect class="panel" x="${x}" y="${y1}" width="${width}" height="${y2 - y1}"/>`,
    ...times.flatMap((time) => [
      `<path class="grid" d="M${xOf(time, panel)} ${y1}V${y2}"/>`,
      text(xOf(time, panel), y2 + 16, "small middle", `${time} ms`),
    ]),
  ];
}

function drawFlight(kind: string, line: string, x: number, y: number): string {
  const path = `<path class="${kind} line" d="${line}"/>`;
  if (kind === "again") return path;
  if (kind !== "lost") return path + dot(x, y, kind);
  return `${path}<path class="cross" d="M${x - 3} ${y - 3}l6 6m0 -6l-6 6"/>`;
}

function dot(x: number, y: number, kind: string): string {
  return `<circle class="${kind}" cx="${x}" cy="${y}" r="3"/>`;
}

function legend(left: number, y: number): string[] {
  const entries = [
    ["eager", "first copy, eager"],
    ["backup", "first copy, backup"],
    ["again", "another copy"],
    ["lost", "lost"],
  ] as const;
  const lines = entries.flatMap(([kind, words], n) => {
    const x = left + 165 * n;
    return [drawFlight(kind, `M${x} ${y}h28`, x + 28, y), text(x + 40, y + 4, "small", words)];
  });
  const last = left + 610;
  return [
    ...lines,
    dot(last, y, "lacks"),
    text(last + 12, y + 4, "small", "without the event yet"),
  ];
}

const style = `
.title { font-size: 15px; font-weight: 600; fill: var(--ink) }
.small { font-size: 12px; fill: var(--faint) }
.middle { text-anchor: middle }
.end { text-anchor: end }
.panel { fill: var(--panel) }
.grid { stroke: var(--line); stroke-width: 0.5 }
path { fill: none; stroke-width: 1.7 }
circle.eager { fill: var(--blue) }
circle.backup { fill: var(--orange) }
circle.lacks { fill: var(--paper); stroke: var(--faint) }
.eager.line { stroke: var(--blue) }
.backup.line { stroke: var(--orange) }
.again.line { stroke: var(--faint); stroke-width: 0.7; opacity: 0.5 }
.lost.line { stroke: var(--red); stroke-width: 1; stroke-dasharray: 3 3 }
.cross { stroke: var(--red) }
`;

function main(args: readonly string[]): number {
  console.log(spreadPicture(readArguments(args, defaults)));
  return 0;
}

if (import.meta.main) await runScript(main);
