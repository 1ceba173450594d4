/** The recipe for DNS: dnsmasq's records are the live members. */

import { eventuallyEqual, needsPrograms, Recipe } from "../../support/recipes.ts";

const nameServer = { ipAddr: "127.77.4.1", port: 5300 };

/** The addresses that the name server has for a name, sorted. */
async function addresses(name: string): Promise<string[]> {
  try {
    return (await Deno.resolveDns(name, "A", { nameServer })).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}

Deno.test({
  name: "recipe dns: records appear with a member and go with it",
  ...await needsPrograms("dnsmasq"),
  fn: async () => {
    await using recipe = await Recipe.open("dns");
    const memberEvents = "member-join,member-leave,member-failed,member-update,member-reap";
    await recipe.addNode({
      name: "dns",
      ip: nameServer.ipAddr,
      args: ["-tag=role=dns", `-event-handler=${memberEvents}=./records.sh`],
      env: { DNS_HOSTS: "FOLDER/hosts", DNS_RELOAD: 'kill -HUP "$(cat "FOLDER/dnsmasq.pid")"' },
    }, async (node) => {
      await node.run("touch hosts; chmod 755 .");
      await node.startServer("dnsmasq", [
        "--keep-in-foreground",
        "--conf-file=/dev/null",
        "--no-resolv",
        "--no-hosts",
        "--bind-interfaces",
        "--user=",
        `--pid-file=${node.folder}/dnsmasq.pid`,
        `--listen-address=${nameServer.ipAddr}`,
        `--port=${nameServer.port}`,
        "--local=/serf.internal/",
        `--addn-hosts=${node.folder}/hosts`,
      ]);
      await eventuallyEqual("dnsmasq runs", true, async () => {
        return await node.read("dnsmasq.pid") !== "";
      });
    });
    const web = (name: string, ip: string) =>
      recipe.addNode({ name, ip, args: ["-tag=role=web", `-join=${nameServer.ipAddr}`] });
    const first = await web("web-1", "127.77.4.2");
    const second = await web("web-2", "127.77.4.3");

    const all = ["127.77.4.2", "127.77.4.3"];
    await eventuallyEqual("the role has both", all, () => addresses("web.serf.internal"));
    await eventuallyEqual("each has a name", ["127.77.4.2"], () => {
      return addresses("web-1.serf.internal");
    });
    await eventuallyEqual("so has the server", ["127.77.4.1"], () => {
      return addresses("dns.serf.internal");
    });

    await second.run("serf tags -set role=cache");
    await eventuallyEqual("a new role is a new name", ["127.77.4.3"], () => {
      return addresses("cache.serf.internal");
    });
    await second.kill();
    await eventuallyEqual("who dies is gone", [], () => addresses("cache.serf.internal"));

    await first.run("serf leave");
    await eventuallyEqual("who leaves is gone", [], () => {
      return addresses("web.serf.internal");
    });
    await eventuallyEqual("its name too", [], () => addresses("web-1.serf.internal"));
  },
});
