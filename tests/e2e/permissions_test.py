#!/usr/bin/env python3
"""The permission matrix at the real server: every route of its own document, asked by people with every role."""
import re
import unittest

from harness import EndToEndTest, run_program

ROLES = {"viewer": {"view"}, "operator": {"view", "operate", "metrics"},
         "administrator": {"view", "operate", "administer", "metrics"}}
# What ends the very credential that asks, or upgrades the connection.
LEFT_OUT = {"log_out", "connect_agent", "open_stream"}


class Permissions(EndToEndTest):
    def test_every_route_answers_each_person_as_it_says(self):
        server = self.server().start()
        ada = server.set_up()
        default = next(one["id"] for one in ada.list("/api/v1/environments") if one["name"] == "default")
        lab = ada.post("/api/v1/environments", {"name": "lab"}, expect=201)["id"]

        def join(name, roles):
            token = ada.post("/api/v1/people", {"name": name, "roles": roles}, expect=201)["token"]
            api = server.api()
            api.post("/api/v1/invitation/acceptance", {"token": token, "password": "seven brown otters swim"}, expect=201)
            return api
        people = {"nobody": (server.api(), None), "without a role": (join("none", []), set()), "ada": (ada, None)}
        for role, permissions in ROLES.items():
            people[f"{role} of default"] = (join(f"{role}1", [{"environment_id": default, "role": role}]), permissions)
            people[f"{role} of lab"] = (join(f"{role}2", [{"environment_id": lab, "role": role}]), permissions)

        operations = [(method.upper(), path, spec) for path, methods in ada.get("/api/v1/openapi.json")["paths"].items()
                      for method, spec in methods.items() if spec["operationId"] not in LEFT_OUT]
        self.assertGreater(len(operations), 50)
        for method, path, spec in operations:
            permission = spec["x-permission"]
            target = re.sub(r"\{[^}]*\}", "x", path)
            for name, (api, permissions) in people.items():
                if name == "ada" and permission != "administer_server":
                    continue
                answer = api.request(method, target, {} if "requestBody" in spec else None)
                where = f"{method} {path} by {name}: {answer}"
                self.assertNotEqual(answer.status, 500, where)
                code = answer.json().get("code") if answer.headers.get_content_type() == "application/problem+json" else None
                if permission == "public":
                    if "x-token-scope" not in spec:
                        self.assertNotEqual(code, "forbidden", where)
                elif name == "nobody":
                    self.assertEqual(answer.status, 401, where)
                elif permission == "signed_in" or name == "ada":
                    self.assertNotIn(code, ("forbidden", "no_session"), where)
                elif "{id}" in path and permission in ROLES["administrator"]:
                    self.assertEqual(answer.status, 404, where)  # nothing of that id, whoever asks
                elif permission == "administer_server" or permission not in permissions:
                    self.assertEqual((answer.status, code), (403, "forbidden"), where)
                else:
                    self.assertNotEqual(code, "forbidden", where)

        # And what is there, in one environment: who may not see the environment is told that it is not.
        token = ada.post("/api/v1/enrolment-tokens", {"environment_id": default}, expect=201)
        done = run_program("enroll", server.url, token["token"], "--data", self.folder / "agent", "--name", "alpha")
        self.assertEqual(done.returncode, 0, done.stderr)
        ids = {"/api/v1/hosts/{id}": ada.list("/api/v1/hosts")[0]["id"], "/api/v1/enrolment-tokens/{id}": token["id"]}
        asked = 0
        for method, path, spec in operations:
            target = next((path.replace("{id}", id) for start, id in ids.items() if path.startswith(start)), None)
            if method != "GET" or not target or "{" in target:
                continue
            asked += 1
            for name, (api, permissions) in people.items():
                if permissions is None:
                    continue
                status = api.request("GET", target).status
                where = f"{path} by {name}: {status}"
                if not name.endswith("of default"):
                    self.assertEqual(status, 404, where)
                elif spec["x-permission"] in permissions:
                    self.assertNotIn(status, (401, 403, 404), where)
                else:
                    self.assertEqual(status, 403, where)
        self.assertGreaterEqual(asked, 3)


if __name__ == "__main__":
    unittest.main()
