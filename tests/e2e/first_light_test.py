#!/usr/bin/env python3
"""From an empty folder to a number from /proc on the stream, and the same after a restart."""
import os
import stat
import unittest

from harness import EndToEndTest, eventually, run_program


class FirstLight(EndToEndTest):
    def test_first_run_needs_the_token_and_happens_once(self):
        server = self.server().start()
        self.assertTrue(server.ready["setup_url"].startswith(server.url))
        token_file = server.data / "setup-token"
        self.assertEqual(stat.S_IMODE(os.stat(token_file).st_mode), 0o600)
        self.assertTrue(server.api().get("/api/v1/setup")["needed"])
        wrong = server.api().request("POST", "/api/v1/setup",
                                     {"token": "wrong", "name": "eve", "password": "a long enough password"})
        self.assertEqual((wrong.status, wrong.json()["code"]), (401, "setup_token_wrong"))

        api = server.set_up()
        session = api.get("/api/v1/session")
        self.assertEqual(session["principal"]["name"], "ada")
        self.assertTrue(session["server_administrator"])
        self.assertFalse(server.api().get("/api/v1/setup")["needed"])
        self.assertFalse(token_file.exists())
        again = server.api().request("POST", "/api/v1/setup",
                                     {"token": "wrong", "name": "eve", "password": "a long enough password"})
        self.assertEqual((again.status, again.json()["code"]), (409, "already_set_up"))

    def test_a_host_comes_online_and_its_numbers_move(self):
        server = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        api = server.set_up()
        agent = self.agent()
        host_id = agent.enrol(server, api, "alpha")
        self.assertEqual(api.get(f"/api/v1/hosts/{host_id}")["state"], "waiting")

        with api.stream(["fleet", f"host:{host_id}"]) as stream:
            agent.start()
            stream.wait_for("online", lambda kind, data: kind == "status_change" and data["host_id"] == host_id and
                            data["to"] == "online")
            first = stream.wait_for("a sample", lambda kind, data: kind == "metric_update")
            second = stream.wait_for("a newer sample", lambda kind, data: kind == "metric_update" and
                                     data["at"] > first["at"] and data["values"] != first["values"])
        layout = api.get(f"/api/v1/hosts/{host_id}/layout")
        self.assertEqual(layout["layout"], second["layout"])
        values = dict(zip((series["key"] for series in layout["series"]), second["values"]))
        self.assertEqual(len(values), len(second["values"]))
        with open("/proc/meminfo") as meminfo:
            total = int(meminfo.readline().split()[1]) * 1024
        # Six significant digits are what the stream and the ranges carry.
        self.assertAlmostEqual(values["memory.total"] / total, 1, delta=1e-5)
        with open("/proc/uptime") as uptime:
            self.assertAlmostEqual(values["uptime"], float(uptime.read().split()[0]), delta=30)

        host = api.get(f"/api/v1/hosts/{host_id}")
        self.assertEqual(host["state"], "online")
        self.assertEqual(host["machine"]["hostname"], os.uname().nodename)

        def memory_total():
            answer = api.get(f"/api/v1/hosts/{host_id}/series?keys=memory.total")
            return [value for value in answer["series"][0]["mean"] if value is not None]

        for value in eventually("the sample is in the range", memory_total):
            self.assertAlmostEqual(value / total, 1, delta=1e-5)

    def test_a_restart_of_the_server_keeps_everything(self):
        server = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        api = server.set_up()
        agent = self.agent()
        host_id = agent.enrol(server, api, "alpha")
        agent.start()
        eventually("online", lambda: api.get(f"/api/v1/hosts/{host_id}")["state"] == "online")
        before = eventually("samples", lambda: self.sample_times(api, host_id))

        self.assertEqual(server.process.stop(), 0, server.process.output())
        server.start()
        self.assertNotIn("setup_url", {key for key, value in server.ready.items() if value})
        api = server.log_in()
        self.assertLessEqual(set(before), set(self.sample_times(api, host_id)))
        eventually("online again", lambda: api.get(f"/api/v1/hosts/{host_id}")["state"] == "online")
        last = max(before)
        eventually("newer samples", lambda: max(self.sample_times(api, host_id)) > last + 1000)
        types = [event["type"] for event in api.list("/api/v1/events")]
        self.assertNotIn("host.offline", types, "a restart of the server declares nobody offline")

    def test_an_agent_that_says_goodbye_is_offline_at_once(self):
        server = self.server().start()
        api = server.set_up()
        agent = self.agent()
        host_id = agent.enrol(server, api, "alpha")
        agent.start()
        eventually("online", lambda: api.get(f"/api/v1/hosts/{host_id}")["state"] == "online")
        with api.stream(["fleet"]) as stream:
            self.assertEqual(agent.process.stop(), 0, agent.process.output())
            change = stream.wait_for("offline", lambda kind, data: kind == "status_change" and data["to"] == "offline",
                                     seconds=5)
        self.assertEqual(change["reason"], "stopped")

    def test_the_command_line_sees_the_host(self):
        server = self.server().start()
        api = server.set_up()
        self.agent().enrol(server, api, "alpha")
        token = api.post("/api/v1/tokens", {"name": "reader", "scopes": ["read"]}, expect=201)["token"]
        table = run_program("hosts", "--url", server.url, FETTLE_TOKEN=token)
        self.assertEqual(table.returncode, 0, table.stderr)
        self.assertRegex(table.stdout, r"alpha +waiting")
        denied = run_program("hosts", "--url", server.url, FETTLE_TOKEN="ftk_wrong")
        self.assertEqual(denied.returncode, 5, denied.stderr)

    def sample_times(self, api, host_id):
        """The whole seconds of the last hour that have a sample of memory.used."""
        answer = api.get(f"/api/v1/hosts/{host_id}/series?keys=memory.used&points=2000")
        if not answer["series"]:
            return []
        return [time for time, value in zip(answer["times"], answer["series"][0]["mean"]) if value is not None]


if __name__ == "__main__":
    unittest.main()
