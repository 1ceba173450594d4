import { strictEqual } from "node:assert/strict";
import { TokenBucket } from "../../../../src/memberlist/dissemination/token_bucket.ts";

const refill = { tokens: 3, interval: 200 };

Deno.test("TokenBucket is full at first, and never holds more than its capacity", () => {
  const bucket = new TokenBucket(30, refill);
  strictEqual(bucket.timeOf(30), -Infinity);
  bucket.spend(1000, 0);
  bucket.spend(3_600_000, 30);
  strictEqual(bucket.timeOf(3), 3_600_000 + 200);
});

Deno.test("TokenBucket.timeOf() says when so many tokens have come back", () => {
  const bucket = new TokenBucket(30, refill);
  bucket.spend(1000, 30);
  strictEqual(bucket.timeOf(0), -Infinity);
  strictEqual(bucket.timeOf(3), 1200);
  bucket.spend(1200, 6);
  strictEqual(bucket.timeOf(3), 1200 + 400, "what was overdrawn comes back first");
});
