#!/usr/bin/env python3
"""Every route that the server names, used in every wrong way: the right 4xx as a problem, never a 5xx, and never a word
about what is inside or about another environment."""
import json
import re
import socket
import tempfile
import time
import unittest
import urllib.parse

from api import Answer, Api
from fake_agent import FakeAgent
from harness import PERSON, Server

SECRET = "sesame-host"  # lives in the environment `system`
NOBODY = "host_" + "0" * 32
INSIDE = re.compile(rb"sqlite|SELECT|INSERT|std::|boost|\.cc\b|/src/|terminate|assert|what\(\)", re.IGNORECASE)
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "TRACE")
BROKEN_JSON = (b"{", b"nul", b'{"a":1,}', b"\xff\xfe\x00", b'{"name":"\xff"}', b'{"name":"\\ud800"}', b"{}{}", b'{"a" 1}',
               b"[" * 30_000, b'{"a":' * 10_000, b'{"name":"a","name":"b"}', b"// no\n{}", b"NaN", b'{"x":1e99999}')
WRONG_VALUES = (None, True, 12, -1.5, "", "x" * 10_000, "\x00\x1b[31m", [], ["a"] * 1000, {}, {"a": {"b": []}}, 2**70)
WRONG_QUERIES = ("nonsense=1", "limit=-1", "limit=0", "limit=501", "limit=99999999999999999999", "limit=abc", "limit=1e9",
                 "cursor=%00", "cursor=zzz", "cursor=-1", "environment=nowhere", "environment=%ff", "severity=loud",
                 "host_id=12", "from=abc", "from=-9223372036854775808", "to=0&from=9223372036854775807", "points=0",
                 "points=2001", "format=exe", "topics=secrets", "topics=host:" + "x" * 5000, "a" * 7000, "%zz",
                 "limit=1&limit=2")
# A window of lines, what never changes, and what has few rows by a limit of its own.
NOT_PAGED = ("/api/logs", "/api/v1/logs", "/api/v1/event-types", "/api/v1/watch-kinds", "/api/v1/plans", "/api/v1/silences", "/api/v1/thresholds")
MAY_BE_EMPTY = ("/api/v1/maintenance/run", "/api/maintenance/run")  # an object of options, none of them needed
WRONG_IDS = (NOBODY, "x", "%00", "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "host_" + "g" * 32, "enrol_" + "0" * 32, "%ff%fe",
             "a" * 3000, "'; DROP TABLE hosts; --", "token_1", "✗")


class Abuse(unittest.TestCase):
    """One server for all, because it has to live through all of it."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="fettle-e2e-", ignore_cleanup_errors=True)
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.started = Server(folder.name).start()
        cls.addClassCleanup(cls.started.process.kill)
        cls.admin = cls.started.set_up()
        cls.nobody = cls.started.api()
        environments = {item["name"]: item["id"] for item in cls.admin.get("/api/v1/environments")["items"]}
        cls.own, cls.system = environments["default"], environments["system"]
        made = cls.admin.post("/api/v1/tokens", {"name": "foreign", "scopes": ["admin"], "environment_id": cls.own}, 201)
        cls.foreign = Api(cls.started.url, bearer=made["token"])
        cls.hidden = cls.agent_in(cls.system, SECRET)
        cls.paths = cls.nobody.get("/api/v1/openapi.json")["paths"]
        cls.routes = [(method.upper(), path, operation) for path, methods in cls.paths.items()
                      for method, operation in methods.items()]
        assert len(cls.routes) > 20

    @classmethod
    def agent_in(cls, environment, name):
        token = cls.admin.post("/api/v1/enrolment-tokens", {"environment_id": environment}, 201)
        agent = FakeAgent(cls.started.url).enrol(cls.admin, name, token["token"])
        agent.enrolment = token["id"]
        cls.addClassCleanup(agent.close)
        return agent

    def tearDown(self):
        self.assertTrue(self.started.process.is_running(), self.started.process.output()[-3000:])
        self.assertEqual(self.admin.get("/api/v1/session")["principal"]["name"], PERSON, "the server serves on")
        self.assertNotIn("request failed", self.started.process.output())

    def check(self, what, answer, expect):
        self.assertIn(answer.status, expect, f"{what}: {answer}")
        self.assertIsNone(INSIDE.search(answer.body), f"{what}: {answer}")
        self.assertNotIn(self.folder.encode(), answer.body, what)
        if answer.status < 400:
            return
        self.assertEqual(answer.headers["Content-Type"], "application/problem+json", what)
        problem = answer.json()
        self.assertEqual(problem["status"], answer.status, what)
        self.assertLessEqual({"type", "title", "code", "request_id"}, problem.keys(), what)

    def attack(self, who, what, method, path, expect, body=None, headers=None):
        path = path.replace("{id}", NOBODY).replace("{connection}", "nobody")
        self.check(f"{what}: {method} {path[:200]}", who.request(method, path, body, headers), expect)

    def with_body(self):
        """Routes that take a body, with the properties it may have."""
        schemas = self.nobody.get("/api/v1/openapi.json")["components"]["schemas"]
        for method, path, operation in self.routes:
            content = operation.get("requestBody", {}).get("content", {}).get("application/json")
            if content:
                yield method, path, schemas[content["schema"]["$ref"].split("/")[-1]]["properties"]

    def test_without_a_session(self):
        stranger = Api(self.started.url, bearer="ftk_" + "A" * 43)
        outdated = self.started.api()
        outdated.cookie = "fettle_session=" + "A" * 43
        for method, path, operation in self.routes:
            is_public = operation["x-permission"] == "public"
            for who in (self.nobody, stranger, outdated):
                self.attack(who, "no session", method, path, range(200, 500) if is_public else (401,))
        elsewhere = {"Sec-Fetch-Site": "cross-site", "Origin": "https://elsewhere.example"}
        for method, path, operation in self.routes:
            if method != "GET" and operation["x-permission"] != "public":
                self.attack(self.admin, "from another site", method, path, (403,), {}, elsewhere)

    def test_methods_and_media_types(self):
        for path, methods in self.paths.items():
            for method in set(METHODS) - {name.upper() for name in methods}:
                answer = self.admin.request(method, path)
                self.check(f"{method} {path}", answer, (405,))
                self.assertEqual({name.upper() for name in methods}, set(answer.headers["Allow"].split(", ")) -
                                 {"HEAD", "OPTIONS"}, path)
        for method, path, _ in self.with_body():
            for media_type in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "",
                               "application/jsonx"):
                self.attack(self.admin, "media type", method, path, (404, 415) if "{" in path else (415,), b"{}",
                            {"Content-Type": media_type})

    def test_bodies(self):
        for method, path, properties in self.with_body():
            nothing = (404,) if "{" in path else ()  # what is not there comes before what is wrong with the body
            for body in (b"", *BROKEN_JSON):
                expect = (400, 401, 409, 422, *nothing, *((202,) if not body and path in MAY_BE_EMPTY else ()))
                self.attack(self.admin, f"broken JSON {body[:20]}", method, path, expect, body)
            self.attack(self.admin, "unknown field", method, path, (422, *nothing), {"nonsense": 1})
            for body in ([], "x", 1, None):
                self.attack(self.admin, "no object", method, path, (400, 422, *nothing), json.dumps(body).encode())
            for name in properties:
                for value in WRONG_VALUES:
                    # Some are right by chance ({}, null for what is optional): then it is an answer like any other.
                    self.attack(self.admin, f"{name}={str(value)[:20]}", method, path,
                                [*range(200, 300), *range(400, 500)], {name: value})

    def test_20_megabytes(self):
        body = b'{"name":"' + b"x" * 20_000_000 + b'"}'
        for method, path, _ in self.routes:
            path = path.replace("{id}", self.hidden.host_id).replace("{connection}", "nobody")
            answer = self.send_all(method, path, body)
            self.check(f"20 MB: {method} {path}", answer, (404, 413))

    def send_all(self, method, path, body):
        """The answer, also when it comes before the body is through."""
        head = (f"{method} {path} HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nCookie: {self.admin.cookie}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\nConnection: close\r\n\r\n")
        return self.raw(head.encode() + body)

    def raw(self, data, seconds=15):
        with socket.create_connection((self.admin.host, self.admin.port), timeout=seconds) as connection:
            received = b""
            try:
                connection.sendall(data)
                while more := connection.recv(65536):
                    received += more
            except ConnectionError:
                pass
        if not received:
            return None
        head, _, body = received.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        return Answer(int(lines[0].split()[1]), dict(line.split(": ", 1) for line in lines[1:]), body)

    def test_queries_and_ids(self):
        for method, path, operation in self.routes:
            if operation["operationId"] in ("open_stream", "open_stream_alias", "log_out"):
                continue
            known = {parameter["name"] for parameter in operation.get("parameters", ()) if parameter["in"] == "query"}
            for query in WRONG_QUERIES:
                name = query.split("=")[0].split("&")[0]
                fits = name in known or "%" in query
                self.attack(self.admin, "query", method, f"{path}?{query}",
                            [*range(200, 300), 400, 404, 422] if fits else (400, 404, 422),
                            {} if "requestBody" in operation else None)
            for wrong in WRONG_IDS if "{" in path else ():
                quoted = wrong if "%" in wrong else urllib.parse.quote(wrong)
                self.attack(self.admin, "id", method, re.sub(r"{\w+}", quoted, path), (400, 403, 404, 415, 422))
        too_many = ",".join(f"host:host_{number:032x}" for number in range(33))
        for query in ("topics=secrets", "topics=,,", "nonsense=1", f"topics={too_many}"):
            self.attack(self.admin, "stream", "GET", f"/api/v1/stream?{query}", (422,),
                        headers={"Accept": "text/event-stream"})

    def test_every_list_comes_in_pages(self):
        """limit and cursor, whichever the list; page by page it is the same as at once."""
        schemas = self.nobody.get("/api/v1/openapi.json")["components"]["schemas"]
        lists = []
        for method, path, operation in self.routes:
            schema = operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
            fields = schemas.get(schema.get("$ref", "").split("/")[-1], {}).get("properties", {})
            if "items" not in fields or path in NOT_PAGED or "{" in path:
                continue
            lists.append(path)
            names = {parameter["name"] for parameter in operation.get("parameters", [])}
            self.assertLessEqual({"limit", "cursor"}, names, path)
            whole = self.admin.get(f"{path}?limit=500")
            self.assertIsNone(whole["next_cursor"], path)
            found, cursor = [], ""
            while cursor is not None:
                page = self.admin.get(f"{path}?limit=1{cursor and '&cursor=' + urllib.parse.quote(cursor)}")
                self.assertLessEqual(len(page["items"]), 1, path)
                found += page["items"]
                cursor = page["next_cursor"]
            found, expected = ([item.get("id") or item["sequence"] for item in items] for items in (found, whole["items"]))
            # Where the newest comes first, something may have happened meanwhile.
            self.assertEqual(found[len(found) - len(expected):], expected, path)
        self.assertGreaterEqual(len(lists), 5, lists)

    def test_another_environment(self):
        """What is hidden answers exactly as what is not there."""
        for method, path, operation in self.routes:
            if "{id}" not in path:
                continue
            hidden = {"hosts": self.hidden.host_id, "enrolment-tokens": self.hidden.enrolment}.get(path.split("/")[3])
            if hidden is None:
                continue
            answers = [self.foreign.request(method, path.replace("{id}", name)) for name in
                       (hidden, hidden[:-32] + "0" * 32)]
            self.check(path, answers[0], (404,))
            texts = [answer.json() | {"request_id": ""} for answer in answers]
            self.assertEqual(*texts, path)
        for path in ("hosts", "events", "sparklines"):
            shown, unknown = (self.foreign.request("GET", f"/api/v1/{path}?environment={name}") for name in
                              ("system", "nowhere"))
            self.assertEqual(shown.json() | {"request_id": ""}, unknown.json() | {"request_id": ""})
            self.check(path, shown, (422,))
        answer = self.foreign.request("POST", "/api/v1/enrolment-tokens", {"environment_id": self.system})
        self.check("a token for another environment", answer, (403, 404))
        for method, path, operation in self.routes:
            if method != "GET" or operation["operationId"] in ("open_stream", "get_openapi", "connect_agent"):
                continue
            answer = self.foreign.request(method, path.replace("{id}", self.hidden.host_id))
            self.check(path, answer, range(200, 500))
            for word in (SECRET, self.system, '"system"'):
                self.assertNotIn(word.encode(), answer.body, f"{path} tells of another environment")

    def test_the_document_is_true(self):
        """What is answered to reading requests stands in the OpenAPI document: status, media type, who is asked."""
        accepts = ({}, {"Accept": "text/csv"}, {"Accept": "application/openmetrics-text"}, {"Accept": "text/plain"})
        scraper = self.admin.post("/api/v1/tokens", {"name": "scraper", "scopes": ["metrics"]}, 201)["token"]
        seen = set()
        for method, path, operation in self.routes:
            if method != "GET" or operation["operationId"] in ("open_stream", "connect_agent"):
                continue
            for who in (self.nobody, self.foreign, self.admin, Api(self.started.url, bearer=scraper)):
                for headers in accepts:
                    answer = who.request(method, path.replace("{id}", self.hidden.host_id), headers=headers)
                    what = f"{path} {headers}: {answer}"
                    media_type = answer.headers["Content-Type"].split(";")[0]
                    described = operation["responses"].get(str(answer.status))
                    if described is None:
                        self.assertEqual(media_type, "application/problem+json", what)
                    else:
                        self.assertIn(media_type, described["content"], what)
                    if answer.status == 401:
                        self.assertTrue(operation["security"], what)
                    seen.add((operation["operationId"], answer.status, media_type))
        self.assertLessEqual({("get_series", 200, "text/csv"), ("get_metrics", 401, "application/problem+json"),
                              ("get_metrics", 200, "text/plain"),
                              ("get_metrics", 200, "application/openmetrics-text")}, seen)

    def test_another_environment_on_the_stream(self):
        seen = self.agent_in(self.own, "plain-host")
        with self.foreign.stream(["fleet", "events", f"host:{self.hidden.host_id}", f"host:{seen.host_id}"],
                                 last_event_id="0-0") as stream:
            for agent in (self.hidden, seen):
                agent.connect()
            for _ in range(3):
                for agent in (self.hidden, seen):
                    agent.beat()
                    agent.wait_acknowledged()
            texts = []
            deadline = time.monotonic() + 15
            for kind, data in stream.messages():
                texts.append(json.dumps(data))
                self.assertLess(time.monotonic(), deadline, "its own host comes online on the stream")
                if kind == "status_change" and data["host_id"] == seen.host_id and data["to"] == "online":
                    break
            for agent in (self.hidden, seen):
                agent.beat()
                agent.wait_acknowledged()
            texts += [json.dumps(stream.wait_for("a sample", lambda kind, _: kind == "metric_update"))]
        for word in (SECRET, self.hidden.host_id, self.system):
            self.assertNotIn(word, "".join(texts).replace(f'"host:{self.hidden.host_id}"', ""))


if __name__ == "__main__":
    unittest.main()
