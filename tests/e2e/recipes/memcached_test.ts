/** The recipe for memcached: the pool behind twemproxy is the live members. */

import assert from "node:assert/strict";
import { eventually } from "../../../scripts/lab/waiting.ts";
import { eventuallyEqual, needsPrograms, Recipe } from "../../support/recipes.ts";

const appIp = "127.77.3.1";
const proxy = { hostname: appIp, port: 22121 };
const keys = Array.from({ length: 60 }, (_, at) => `key-${at}`);

/** Sends lines of memcached's protocol and reads until `end` has come. */
async function ask(
  to: { hostname: string; port: number },
  lines: string,
  end: (answer: string) => boolean,
): Promise<string> {
  using connection = await Deno.connect(to);
  await connection.write(new TextEncoder().encode(lines));
  const buffer = new Uint8Array(65_536);
  let answer = "";
  while (!end(answer)) {
    const length = await connection.read(buffer);
    if (length === null) throw new Error(`Closed after "${answer}"`);
    answer += new TextDecoder().decode(buffer.subarray(0, length));
  }
  return answer;
}

/** Stores every key through the proxy; throws unless all were taken. */
async function storeAll(): Promise<void> {
  const lines = keys.map((key) => `set ${key} 0 0 ${key.length}\r\n${key}\r\n`).join("");
  const answer = await ask(proxy, lines, (text) => text.split("\r\n").length > keys.length);
  if (answer !== "STORED\r\n".repeat(keys.length)) throw new Error(answer);
}

/** How many of the keys the proxy finds again. */
async function countFound(): Promise<number> {
  const answer = await ask(proxy, `get ${keys.join(" ")}\r\n`, (text) => text.endsWith("END\r\n"));
  return answer.split("VALUE ").length - 1;
}

/** How many keys a memcached holds; throws where there is none. */
async function countStored(hostname: string): Promise<number> {
  const stats = await ask(
    { hostname, port: 11211 },
    "stats\r\n",
    (text) => text.endsWith("END\r\n"),
  );
  return Number(/STAT curr_items (\d+)/.exec(stats)?.[1]);
}

Deno.test({
  name: "recipe memcached: twemproxy's pool is the live members, and keys stay where they were",
  ...await needsPrograms("memcached", "nutcracker"),
  fn: async () => {
    await using recipe = await Recipe.open("memcached");
    const memberEvents = "member-join,member-leave,member-failed,member-update,member-reap";
    const app = await recipe.addNode({
      name: "app",
      ip: appIp,
      args: [`-event-handler=${memberEvents}=./pool.sh`],
      env: {
        NUTCRACKER_CONFIG: "FOLDER/nutcracker.yml",
        NUTCRACKER_LISTEN: `${proxy.hostname}:${proxy.port}`,
        // What a service manager does: end the old one, start the new one.
        NUTCRACKER_RESTART: 'cd "FOLDER" && ./restart.sh',
      },
    }, (node) =>
      Deno.writeTextFile(
        `${node.folder}/restart.sh`,
        `#!/bin/sh
          if [ -f nutcracker.pid ]; then
            old=$(cat nutcracker.pid)
            kill "$old"
            while kill -0 "$old" 2>/dev/null; do sleep 0.05; done
          fi
          exec nutcracker -d -c nutcracker.yml -p "$PWD/nutcracker.pid" -o "$PWD/server.log" \\
            -a ${appIp} -s 22222\n`,
        { mode: 0o755 },
      ));
    const cache = (name: string, ip: string) =>
      recipe.addNode({
        name,
        ip,
        args: ["-tag=role=memcached", `-join=${appIp}`],
      }, async (node) => {
        await node.startServer("memcached", ["-u", "nobody", "-l", ip, "-p", "11211", "-m", "8"]);
        await eventuallyEqual(`${name} runs`, 0, () => countStored(ip));
      });
    try {
      await cache("cache-1", "127.77.3.2");
      const second = await cache("cache-2", "127.77.3.3");
      const pool = async () =>
        [...(await app.read("nutcracker.yml")).matchAll(/^ {3}- \S+ (\S+)$/gm)].map(([, name]) =>
          name
        );
      await eventuallyEqual("both are in the pool", ["cache-1", "cache-2"], pool);
      await eventually("the pool takes everything", () => storeAll().then(() => true, () => false));
      assert.equal(await countFound(), keys.length);
      for (const hostname of ["127.77.3.2", "127.77.3.3"]) {
        assert.equal(await countStored(hostname) > 0, true, `${hostname} holds nothing`);
      }

      await cache("cache-3", "127.77.3.4");
      await eventuallyEqual("the third is", ["cache-1", "cache-2", "cache-3"], pool);
      // Its share of the keys is gone, and nothing but its share.
      let found = 0;
      await eventually("the new pool answers", async () => {
        found = await countFound().catch(() => -1);
        return found >= 0 && found < keys.length;
      });
      assert.equal(found > keys.length / 3, true, `${found} of ${keys.length} were found`);

      await second.kill();
      await eventuallyEqual("the dead one is out", ["cache-1", "cache-3"], pool);
      await eventually("the rest take everything", () => storeAll().then(() => true, () => false));
      assert.equal(await countFound(), keys.length);
    } finally {
      await app.run('kill "$(cat nutcracker.pid)"');
    }
  },
});
