import { deepStrictEqual, ok, strictEqual } from "node:assert/strict";
import { CoordinateClient, maxFilteredNodes } from "../../../src/coordinate/client.ts";
import { type Coordinate, distance, freshCoordinate } from "../../../src/coordinate/coordinate.ts";
import { SimRandom } from "../../../src/sim/sim_random.ts";

function peer(x: number, overrides: Partial<Coordinate> = {}): Coordinate {
  return { ...freshCoordinate(), vec: [x, 0, 0, 0, 0, 0, 0, 0], ...overrides };
}

function build(start?: Coordinate): CoordinateClient {
  return new CoordinateClient(new SimRandom(1), start);
}

/** Measures a round trip to a node at the origin and returns which way that moved. */
function move(client: CoordinateClient, node: string, roundTrip: number): "away" | "nearer" {
  const before = client.coordinate.vec[0]!;
  ok(client.update(node, peer(0), roundTrip).ok);
  return client.coordinate.vec[0]! > before ? "away" : "nearer";
}

Deno.test("CoordinateClient.update() moves away from who is farther than predicted", () => {
  const client = build(peer(0.01));
  const before = distance(client.coordinate, peer(0));
  ok(client.update("a", peer(0), 200).ok);
  ok(distance(client.coordinate, peer(0)) > before);
});

Deno.test("CoordinateClient.update() moves nearer to who is closer than predicted", () => {
  const client = build(peer(0.5));
  const before = distance(client.coordinate, peer(0));
  ok(client.update("a", peer(0), 10).ok);
  ok(distance(client.coordinate, peer(0)) < before);
});

Deno.test("CoordinateClient.update() returns the new position and leaves the old one alone", () => {
  const client = build();
  const before = client.coordinate;
  const result = client.update("a", peer(0.1), 20);
  ok(result.ok);
  strictEqual(result.value, client.coordinate);
  deepStrictEqual(before, freshCoordinate());
});

Deno.test("CoordinateClient.update() refuses what cannot be true, and changes nothing", () => {
  const client = build();
  const before = client.coordinate;
  const refused: [Coordinate, number][] = [
    [peer(0, { vec: [1, 2, 3] }), 10],
    [peer(NaN), 10],
    [peer(0, { error: Infinity }), 10],
    [peer(0), -1],
    [peer(0), 10_000.001],
    [peer(0), NaN],
    [peer(0), Infinity],
  ];
  for (const [other, roundTrip] of refused) {
    strictEqual(client.update("a", other, roundTrip).ok, false, `${roundTrip}`);
  }
  strictEqual(client.coordinate, before);
});

Deno.test("CoordinateClient.update() takes a round trip of nothing, as coarse clocks measure", () => {
  const client = build();
  ok(client.update("a", peer(0.1), 0).ok);
  strictEqual(client.resets, 0);
});

Deno.test("CoordinateClient.update() believes the median of three round trips", () => {
  const hiccup = build(peer(0.05));
  const steady = build(peer(0.05));
  for (const roundTrip of [20, 20]) {
    hiccup.update("a", peer(0), roundTrip);
    steady.update("a", peer(0), roundTrip);
  }
  hiccup.update("a", peer(0), 5000);
  steady.update("a", peer(0), 20);
  deepStrictEqual(hiccup.coordinate, steady.coordinate);
});

Deno.test("CoordinateClient.update() believes the slower of two round trips", () => {
  const client = build(peer(0.05));
  strictEqual(move(client, "a", 300), "away");
  strictEqual(move(client, "a", 1), "away");
  strictEqual(move(client, "b", 1), "nearer");
});

Deno.test("CoordinateClient.forget() drops the round trips to a node", () => {
  const client = build(peer(0.05));
  move(client, "a", 300);
  move(client, "a", 300);
  client.forget("a");
  strictEqual(move(client, "a", 1), "nearer");
});

Deno.test("CoordinateClient.update() begins anew after nonsense, and is not spoilt by it", () => {
  const client = build();
  ok(client.update("evil", peer(1e308, { vec: new Array<number>(8).fill(1e308) }), 10).ok);
  strictEqual(client.resets, 1);
  deepStrictEqual(client.coordinate, freshCoordinate());

  for (let i = 0; i < 30; i++) client.update("good", peer(0.02), 30);
  strictEqual(client.resets, 1);
  ok(Math.abs(distance(client.coordinate, peer(0.02)) - 0.03) < 0.01);
});

Deno.test("CoordinateClient.update() remembers round trips of a limited number of nodes", () => {
  const client = build(peer(0.05));
  for (let i = 0; i < maxFilteredNodes; i++) client.update(`node-${i}`, peer(0), 50);
  strictEqual(move(client, "one-more", 400), "away");
  // Not remembered, the second counts by itself instead of the slower of both.
  strictEqual(move(client, "one-more", 1), "nearer");
  client.forget("node-0");
  strictEqual(move(client, "one-more", 400), "away");
  strictEqual(move(client, "one-more", 1), "away");
});

Deno.test("CoordinateClient.update() finds the distances in a ring of nodes", () => {
  // Eight nodes on a circle: the model is exact in a plane, so predictions must become good.
  const random = new SimRandom(7);
  const places = Array.from({ length: 8 }, (_, i) => {
    const angle = i * Math.PI / 4;
    return [0.05 * Math.cos(angle), 0.05 * Math.sin(angle)] as const;
  });
  const clients = places.map(() => new CoordinateClient(random));
  const roundTrip = (i: number, j: number) =>
    1 + 1000 * Math.hypot(places[i]![0] - places[j]![0], places[i]![1] - places[j]![1]);
  for (let round = 0; round < 400; round++) {
    for (const [i, client] of clients.entries()) {
      const j = (i + 1 + random.below(7)) % 8;
      client.update(`${j}`, clients[j]!.coordinate, roundTrip(i, j));
    }
  }
  for (const [i, a] of clients.entries()) {
    for (const [j, b] of clients.entries()) {
      if (i === j) continue;
      const predicted = 1000 * distance(a.coordinate, b.coordinate);
      ok(Math.abs(predicted - roundTrip(i, j)) < 0.1 * roundTrip(i, j), `${i} to ${j}`);
    }
  }
});
