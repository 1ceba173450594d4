/** The recipe for HAProxy: web servers come and go under load, and no visitor notices. */

import assert from "node:assert/strict";
import { eventually } from "../../../scripts/lab/waiting.ts";
import { eventuallyEqual, needsPrograms, Recipe } from "../../support/recipes.ts";

const balancerIp = "127.77.2.1";
const visitors = `${balancerIp}:8080`;
const webPort = 8081;

/** What nginx needs to say its name to every visitor, as whoever starts it. */
function nginxConfig(name: string, ip: string): string {
  return `
    daemon off;
    pid nginx.pid;
    error_log stderr;
    worker_processes 1;
    events {}
    http {
      access_log off;
      client_body_temp_path body;
      proxy_temp_path proxy;
      fastcgi_temp_path fastcgi;
      uwsgi_temp_path uwsgi;
      scgi_temp_path scgi;
      server {
        listen ${ip}:${webPort};
        location / { return 200 "${name}\\n"; }
      }
    }
  `;
}

/** Visitors that ask all the time, some over one connection, some over a new one each time. */
class Visitors implements AsyncDisposable {
  readonly served = new Map<string, number>();
  readonly lost: string[] = [];
  #isOver = false;
  readonly #loops: readonly Promise<void>[];

  constructor() {
    this.#loops = [this.#visit(true), this.#visit(true), this.#visit(false), this.#visit(false)];
  }

  /** How many visits a server has had. */
  count(server: string): number {
    return this.served.get(server) ?? 0;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isOver = true;
    await Promise.all(this.#loops);
  }

  async #visit(isKeptAlive: boolean): Promise<void> {
    using client = Deno.createHttpClient(isKeptAlive ? {} : { poolMaxIdlePerHost: 0 });
    while (!this.#isOver) {
      try {
        const response = await fetch(`http://${visitors}/`, {
          client,
          headers: isKeptAlive ? {} : { connection: "close" },
        });
        const text = (await response.text()).trim();
        if (response.status !== 200) throw new Error(`status ${response.status}: ${text}`);
        this.served.set(text, this.count(text) + 1);
      } catch (error) {
        this.lost.push(String(error));
      }
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
}

Deno.test({
  name: "recipe load_balancer: web servers join and leave, and no request is lost",
  ...await needsPrograms("haproxy", "nginx"),
  fn: async () => {
    await using recipe = await Recipe.open("load_balancer");
    const web = (name: string, ip: string) =>
      recipe.addNode({
        name,
        ip,
        args: ["-tag=role=web", `-join=${balancerIp}`],
      }, async (node) => {
        await Deno.writeTextFile(`${node.folder}/nginx.conf`, nginxConfig(name, ip));
        await node.startServer("nginx", ["-p", node.folder, "-c", "nginx.conf", "-e", "stderr"]);
        await eventuallyEqual(
          `${name} serves`,
          `${name}\n`,
          () => fetch(`http://${ip}:${webPort}/`).then((response) => response.text()),
        );
      });
    const memberEvents = "member-join,member-leave,member-failed,member-update,member-reap";
    const balancer = await recipe.addNode({
      name: "balancer",
      ip: balancerIp,
      args: [
        "-tag=role=balancer",
        `-event-handler=${memberEvents}=./balance.sh`,
        "-event-handler=query:balanced=./balance.sh",
      ],
      env: {
        HAPROXY_CONFIG: "FOLDER/haproxy.cfg",
        HAPROXY_LISTEN: visitors,
        HAPROXY_SOCKET: "FOLDER/haproxy.sock",
        HAPROXY_RELOAD: 'kill -USR2 "$(cat "FOLDER/haproxy.pid")"',
        WEB_PORT: String(webPort),
      },
    }, async (node) => {
      await node.run("cp haproxy.cfg.head haproxy.cfg");
      await node.startServer("haproxy", ["-W", "-f", "haproxy.cfg", "-p", "haproxy.pid"]);
      await eventually("HAProxy runs", async () => await node.read("haproxy.pid") !== "");
    });

    await web("web-1", "127.77.2.2");
    const leaving = await web("web-2", "127.77.2.3");
    const isServed = (name: string) => () =>
      fetch(`http://${visitors}/`).then((response) => response.text())
        .then((text) => text === `${name}\n`, () => false);
    await eventually("visitors reach web-1", isServed("web-1"));
    await eventually("visitors reach web-2", isServed("web-2"));

    const load = new Visitors();
    {
      await using _ = load;
      await eventually("both serve", () => {
        return Promise.resolve(load.count("web-1") > 20 && load.count("web-2") > 20);
      });

      const left = await leaving.run('./leave.sh nginx -p "$PWD" -c nginx.conf -s quit');
      assert.equal(left.code, 0, left.stdout + left.stderr);
      assert.equal(await leaving.agent.exit(), 0);
      const before = load.count("web-1");
      const last = load.count("web-2");
      await eventually(
        "web-1 serves alone",
        () => Promise.resolve(load.count("web-1") > before + 50),
      );
      assert.equal(load.count("web-2"), last);

      await web("web-3", "127.77.2.4");
      await eventually("web-3 serves", () => Promise.resolve(load.count("web-3") > 20));
    }
    assert.deepEqual(load.lost, []);
    assert.match(
      await balancer.read("haproxy.cfg"),
      /\n {4}server web-1 127\.77\.2\.2:8081 check\n {4}server web-3 127\.77\.2\.4:8081 check\n$/,
    );
  },
});
