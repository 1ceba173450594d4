import assert from "node:assert/strict";
import { bodiesOf } from "../../../scripts/experiments/house.ts";

const source = `
export async function short(): Promise<void> { await nothing(); }

export class Hub {
  constructor(
    first: string,
    { second }: { second: number },
  ) {
    if (first) {
      second++;
    }
  }

  override get #size(): number {
    return 1;
  }
}

function outer<T>({
  a,
}: Options<T>): void {
  items.forEach((item) => {
    for (const each of item) {
      use(each);
    }
  });
}

const table = {
  key: 1,
};
`;

Deno.test("bodiesOf() finds functions, methods and constructors, and nothing else that has braces", () => {
  const bodies = bodiesOf({ path: "a.ts", lines: source.split("\n") });
  assert.deepEqual(bodies.map(({ name, place, length }) => [name, place, length]), [
    ["constructor", "a.ts:5", 8],
    ["#size", "a.ts:14", 3],
    ["outer", "a.ts:19", 9],
    ["items.forEach((item)", "a.ts:22", 5],
  ]);
});
