#!/usr/bin/env python3
"""People at the real server: invitations, roles, second factors, sessions, and what becomes of streams that are open."""
import threading
import time
import unittest

import totp
from harness import PASSWORD, PERSON, EndToEndTest, eventually, run_program

OTHER_PASSWORD = "seven brown otters swim"


class People(EndToEndTest):
    def setUp(self):
        super().setUp()
        self.main = self.server(FETTLE_SERVER_HEARTBEAT_INTERVAL_MS="1000").start()
        self.ada = self.main.set_up()

    def environment(self, name):
        return self.ada.post("/api/v1/environments", {"name": name}, expect=201)["id"]

    def default(self):
        return next(one["id"] for one in self.ada.list("/api/v1/environments") if one["name"] == "default")

    def invite(self, name, roles=(), server_administrator=False):
        return self.ada.post("/api/v1/people", {
            "name": name, "server_administrator": server_administrator,
            "roles": [{"environment_id": environment, "role": role} for environment, role in roles],
        }, expect=201)

    def join(self, name, roles=(), server_administrator=False):
        """A person who has come by an invitation; the person's id, and the API in that person's session."""
        invited = self.invite(name, roles, server_administrator)
        api = self.main.api()
        api.post("/api/v1/invitation/acceptance", {"token": invited["token"], "password": OTHER_PASSWORD}, expect=201)
        return invited["person"]["id"], api

    def log_in(self, name, password=OTHER_PASSWORD, **more):
        api = self.main.api()
        return api, api.request("POST", "/api/v1/session", {"name": name, "password": password, **more})

    def enable_totp(self, api, password=OTHER_PASSWORD):
        """The secret, the recovery codes, and the last step that was used."""
        secret = api.post("/api/v1/account/totp", {"current_password": password}, expect=201)["secret"]
        step = totp.step_now()
        codes = api.post("/api/v1/account/totp/confirmation", {"code": totp.code(secret, step)})["codes"]
        return secret, codes, step

    # Invitations

    def test_an_invitation_opens_once(self):
        invited = self.invite("otto", [(self.default(), "operator")])
        self.assertEqual(invited["person"]["state"], "invited")
        nobody = self.main.api()
        note = nobody.post("/api/v1/invitation", {"token": invited["token"]})
        self.assertEqual((note["name"], note["code_needed"]), ("otto", False))
        self.assertEqual(self.log_in("otto", "")[1].status, 401, "an empty password is nobody's")
        short = nobody.request("POST", "/api/v1/invitation/acceptance", {"token": invited["token"], "password": "short"})
        self.assertEqual(short.status, 422)
        self.assertEqual(short.json()["errors"][0]["pointer"], "/body/password")
        answers = [None] * 4

        def accept(i):
            answers[i] = self.main.api().request("POST", "/api/v1/invitation/acceptance",
                                                 {"token": invited["token"], "password": OTHER_PASSWORD})
        threads = [threading.Thread(target=accept, args=(i,)) for i in range(len(answers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answer.status for answer in answers)[0], 201)
        self.assertEqual([answer.status for answer in answers].count(201), 1)
        self.assertEqual({answer.status for answer in answers if answer.status != 201} - {410, 429}, set())
        self.assertEqual(self.log_in("OTTO")[1].status, 200, "a name counts in any case")
        self.assertEqual(self.ada.get(f"/api/v1/people/{invited['person']['id']}")["state"], "active")
        files = b"".join(path.read_bytes() for path in self.main.data.glob("fettle.db*"))
        self.assertNotIn(invited["token"].encode(), files)

    def test_a_reset_ends_password_and_sessions_and_the_link_before(self):
        otto, session = self.join("otto", [(self.default(), "viewer")])
        first = self.ada.post(f"/api/v1/people/{otto}/invitation", None, expect=201)
        session.get("/api/v1/session", expect=401)
        self.assertEqual(self.log_in("otto")[1].status, 401)
        second = self.ada.post(f"/api/v1/people/{otto}/invitation", None, expect=201)
        nobody = self.main.api()
        nobody.post("/api/v1/invitation", {"token": first["token"]}, expect=410)
        nobody.post("/api/v1/invitation/acceptance", {"token": second["token"], "password": "another good password"}, expect=201)
        self.assertEqual(self.log_in("otto", "another good password")[1].status, 200)

    # The last administrator

    def test_one_server_administrator_always_remains(self):
        me = self.ada.get("/api/v1/session")["principal"]["id"]
        for change in ({"server_administrator": False}, {"disabled": True}):
            self.assertEqual(self.ada.request("PATCH", f"/api/v1/people/{me}", change).status, 409)
        self.assertEqual(self.ada.request("DELETE", f"/api/v1/people/{me}").status, 409)
        self.invite("invited", server_administrator=True)
        answer = self.ada.request("PATCH", f"/api/v1/people/{me}", {"server_administrator": False})
        self.assertEqual(answer.json()["code"], "last_administrator", "who has not come yet does not count")

    def test_two_administrators_demote_each_other_at_once(self):
        ada = self.ada.get("/api/v1/session")["principal"]["id"]
        for round in range(5):
            bob, bobs = self.join(f"bob{round}", server_administrator=True)
            answers = {}

            def demote(who, api, other):
                answers[who] = api.request("PATCH", f"/api/v1/people/{other}", {"server_administrator": False})
            threads = [threading.Thread(target=demote, args=("ada", self.ada, bob)),
                       threading.Thread(target=demote, args=("bob", bobs, ada))]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            winners = [who for who, answer in answers.items() if answer.status == 200]
            self.assertEqual(len(winners), 1, {who: str(answer) for who, answer in answers.items()})
            loser = answers["bob" if winners == ["ada"] else "ada"]
            self.assertIn(loser.status, (403, 409))
            if winners == ["bob"]:  # hand it back
                bobs.request("PATCH", f"/api/v1/people/{ada}", {"server_administrator": True})
                self.ada.request("PATCH", f"/api/v1/people/{bob}", {"server_administrator": False})

    def test_a_change_from_an_old_version_is_refused(self):
        otto, _ = self.join("otto")
        before = self.ada.request("GET", f"/api/v1/people/{otto}")
        tag = before.headers["ETag"]
        self.assertEqual(tag, f'"{before.json()["version"]}"')
        change = lambda name, tag: self.ada.request("PATCH", f"/api/v1/people/{otto}", {"name": name}, headers={"If-Match": tag})
        self.assertEqual(change("otto2", tag).status, 200)
        answer = change("otto3", tag)
        self.assertEqual((answer.status, answer.json()["code"]), (412, "changed_meanwhile"))
        self.assertEqual(self.ada.get(f"/api/v1/people/{otto}")["name"], "otto2")

    # Streams

    def test_a_person_who_is_demoted_hears_nothing_more_of_that_environment(self):
        lab = self.environment("lab")
        otto, session = self.join("otto", [(self.default(), "viewer"), (lab, "viewer")])
        kept = self.agent("kept")
        kept.enrol(self.main, self.ada, "kept")
        token = self.ada.post("/api/v1/enrolment-tokens", {"environment_id": lab}, expect=201)["token"]
        lost = self.agent("lost")
        self.assertEqual(run_program("enroll", self.main.url, token, "--data", lost.data, "--name", "lost").returncode, 0)
        kept.start()
        lost.start()
        numbers = {}

        def both_online():
            hosts = {host["name"]: host for host in self.ada.list("/api/v1/hosts")}
            numbers.update({name: host["number"] for name, host in hosts.items()})
            return all(hosts[name]["state"] == "online" for name in ("kept", "lost"))
        eventually("both are online", both_online)
        heard = []  # (time, host numbers) of each status
        with session.stream(["fleet"]) as stream:
            def listen():
                try:
                    for kind, data in stream.messages():
                        if kind == "fleet_status":
                            heard.append((time.monotonic(), [row[0] for row in data["hosts"]]))
                except (OSError, ConnectionError, ValueError, AttributeError):
                    pass
            listener = threading.Thread(target=listen, daemon=True)
            listener.start()
            heard_of = lambda name, since=0: [at for at, hosts in heard if at > since and numbers[name] in hosts]
            eventually("both are heard", lambda: heard_of("kept") and heard_of("lost"))
            self.ada.request("PATCH", f"/api/v1/people/{otto}",
                             {"roles": [{"environment_id": self.default(), "role": "viewer"}]})
            told = time.monotonic()
            eventually("the other goes on", lambda: len(heard_of("kept", told)) >= 4)
            self.assertEqual([at - told for at in heard_of("lost", told + 1.0)], [], "within a second (S5)")
            self.assertEqual([host["name"] for host in session.list("/api/v1/hosts")], ["kept"])
            self.ada.request("PATCH", f"/api/v1/people/{otto}", {"disabled": True})
            listener.join(5)
            self.assertFalse(listener.is_alive(), "the stream of who is disabled ends")
        session.get("/api/v1/session", expect=401)
        answer = self.log_in("otto")[1]
        self.assertEqual((answer.status, answer.json()["code"]), (401, "person_disabled"))

    # Second factors

    def test_the_second_factor_is_asked_for_and_a_code_opens_once(self):
        _, otto = self.join("otto", [(self.default(), "viewer")])
        secret, codes, step = self.enable_totp(otto)
        self.assertEqual(len(set(codes)), 10)
        self.assertEqual(self.log_in("otto")[1].json()["code"], "totp_needed")
        self.assertEqual(self.log_in("otto", "wrong password", code="000000")[1].json()["code"], "wrong_credentials")
        used = self.log_in("otto", code=totp.code(secret, step))[1]
        self.assertEqual((used.status, used.json()["code"]), (401, "totp_used"), "the code that confirmed it is used")
        # The window lets the next code in already, once, of however many at the same time.
        answers = [None] * 3

        def enter(i):
            answers[i] = self.log_in("otto", code=totp.code(secret, step + 1))[1]
        threads = [threading.Thread(target=enter, args=(i,)) for i in range(len(answers))]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([answer.status for answer in answers].count(200), 1, [str(answer) for answer in answers])
        wrong = self.log_in("otto", code=totp.code(secret, step + 9))[1]
        self.assertIn(wrong.status, (401, 429))

    def test_a_recovery_code_opens_once_also_when_codes_are_guessed(self):
        _, otto = self.join("otto", [(self.default(), "viewer")])
        secret, codes, step = self.enable_totp(otto)
        self.assertEqual(self.log_in("otto", code=codes[0].upper().replace("-", " "))[1].status, 200)
        self.assertEqual(self.log_in("otto", code=codes[0])[1].status, 401)
        self.assertEqual(otto.get("/api/v1/account")["recovery_codes"], 9)
        otto.request("POST", "/api/v1/account/totp/removal", {"current_password": OTHER_PASSWORD, "code": codes[1]})
        self.assertEqual(self.log_in("otto")[1].status, 200)
        files = b"".join(path.read_bytes() for path in self.main.data.glob("fettle.db*"))
        for text in (secret, codes[2], codes[2].replace("-", "")):
            self.assertNotIn(text.encode(), files, "sealed or hashed")

    def test_an_administrator_takes_a_lost_second_factor_away(self):
        otto, session = self.join("otto", [(self.default(), "viewer")])
        self.enable_totp(session)
        self.assertTrue(self.ada.get(f"/api/v1/people/{otto}")["totp"])
        self.ada.delete(f"/api/v1/people/{otto}/totp")
        self.assertEqual(self.log_in("otto")[1].status, 200)
        entry = self.ada.get("/api/v1/audit?action=totp")["items"][0]
        self.assertEqual((entry["action"], entry["actor"]["name"], entry["object"]), ("totp.disable", PERSON, otto))

    def test_the_secret_survives_a_restart_and_needs_its_key(self):
        _, otto = self.join("otto", [(self.default(), "viewer")])
        secret, codes, step = self.enable_totp(otto)
        self.main.process.stop()
        self.assertEqual((self.main.data / "master-key").stat().st_mode & 0o777, 0o600)
        self.main.start()
        self.assertEqual(self.log_in("otto", code=totp.code(secret, step + 1))[1].status, 200)
        self.main.process.stop()
        (self.main.data / "master-key").write_text("ab" * 32 + "\n")
        self.main.start()
        self.assertEqual(self.log_in("otto", code=totp.code(secret, totp.step_now()))[1].status, 500)
        self.assertEqual(self.log_in("otto", code=codes[0])[1].status, 200, "a recovery code opens without the key")

    # Passwords and sessions

    def test_a_changed_password_ends_the_other_sessions(self):
        _, first = self.join("otto", [(self.default(), "viewer")])
        second, answer = self.log_in("otto")
        self.assertEqual(answer.status, 200)
        wrong = first.request("POST", "/api/v1/account/password", {"current_password": "no", "password": "quite another one"})
        self.assertEqual((wrong.status, wrong.json()["errors"][0]["pointer"]), (422, "/body/current_password"))
        first.post("/api/v1/account/password", {"current_password": OTHER_PASSWORD, "password": "quite another one"}, expect=204)
        first.get("/api/v1/session")
        second.get("/api/v1/session", expect=401)
        self.assertEqual(self.log_in("otto")[1].status, 401)
        self.assertEqual(self.log_in("otto", "quite another one")[1].status, 200)

    def test_sessions_are_listed_and_ended(self):
        otto, first = self.join("otto", [(self.default(), "viewer")])
        second = self.main.api()
        second.request("POST", "/api/v1/session", {"name": "otto", "password": OTHER_PASSWORD},
                       headers={"User-Agent": "Mozilla/5.0 <b>\u00e9</b>".encode("latin-1")})
        listed = first.get("/api/v1/account/sessions")["items"]
        self.assertEqual([one["current"] for one in listed], [False, True])
        self.assertIn("<b>", listed[0]["browser"])
        self.assertEqual({one["address"] for one in listed}, {"127.0.0.1"})
        mine = self.ada.get("/api/v1/account/sessions")["items"][0]["id"]
        first.delete(f"/api/v1/account/sessions/{mine}", expect=404)
        self.ada.get("/api/v1/session")
        first.delete("/api/v1/account/sessions")
        second.get("/api/v1/session", expect=401)
        first.get("/api/v1/session")
        self.assertEqual(len(self.ada.get(f"/api/v1/people/{otto}/sessions")["items"]), 1)
        self.ada.delete(f"/api/v1/people/{otto}/sessions")
        first.get("/api/v1/session", expect=401)

    def test_a_cookie_that_was_stolen_is_dead_after_the_log_out(self):
        thief = self.main.api()
        thief.cookie = self.ada.cookie
        thief.get("/api/v1/people")
        cookie = self.ada.cookie
        self.ada.delete("/api/v1/session")
        thief.cookie = cookie
        thief.get("/api/v1/people", expect=401)

    def test_another_site_changes_nothing(self):
        me = self.ada.get("/api/v1/session")["principal"]["id"]
        for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"},
                        {"Sec-Fetch-Site": "", "Origin": "http://evil.example"}):
            for method, path, body in (("POST", "/api/v1/people", {"name": "eve", "server_administrator": True}),
                                       ("PATCH", f"/api/v1/people/{me}", {"name": "eve"}),
                                       ("POST", "/api/v1/session", {"name": PERSON, "password": PASSWORD}),
                                       ("POST", "/api/v1/account/password", {"current_password": PASSWORD, "password": OTHER_PASSWORD}),
                                       ("DELETE", "/api/v1/account/sessions", None)):
                answer = self.ada.request(method, path, body, headers=headers)
                self.assertEqual((answer.status, answer.json()["code"]), (403, "cross_site"), (method, path, headers))
        self.assertEqual([person["name"] for person in self.ada.list("/api/v1/people")], [PERSON])

    # Names

    def test_names_that_deceive_are_refused_and_others_are_text(self):
        for name in ("", "   ", "a\u0000b", "a\nb", "\u202eada", "a\u200bda", "\ufeffada", "x" * 65, "\u2028"):
            answer = self.ada.request("POST", "/api/v1/people", {"name": name})
            self.assertEqual((answer.status, answer.json()["errors"][0]["pointer"]), (422, "/body/name"), repr(name))
            answer = self.ada.request("POST", "/api/v1/environments", {"name": name})
            self.assertEqual(answer.status, 422, repr(name))
        self.assertEqual(self.ada.request("POST", "/api/v1/people", {"name": "x" * 65_600}).status, 413)
        for name in ("<script>alert(1)</script>", "שלום", "O'Brien; DROP TABLE person", "=1+1"):
            self.assertEqual(self.invite(name)["person"]["name"], name)
        self.assertEqual(self.ada.request("POST", "/api/v1/people", {"name": "ADA"}).json()["code"], "name_taken")

    # Environments

    def test_environments_come_and_go(self):
        lab = self.environment("lab")
        self.assertEqual(self.ada.request("POST", "/api/v1/environments", {"name": "LAB"}).json()["code"], "name_taken")
        self.ada.post("/api/v1/tokens", {"name": "limited", "scopes": ["read"], "environment_id": lab}, expect=201)
        _, otto = self.join("otto", [(lab, "viewer")])
        self.assertEqual([one["name"] for one in otto.list("/api/v1/environments")], ["lab"])
        renamed = self.ada.request("PATCH", f"/api/v1/environments/{lab}", {"name": "laboratory"})
        self.assertEqual(renamed.status, 200)
        eventually("the new name is seen", lambda: [one["name"] for one in otto.list("/api/v1/environments")] == ["laboratory"])
        agent = self.agent()
        token = self.ada.post("/api/v1/enrolment-tokens", {"environment_id": lab}, expect=201)["token"]
        self.assertEqual(run_program("enroll", self.main.url, token, "--data", agent.data).returncode, 0)
        answer = self.ada.request("DELETE", f"/api/v1/environments/{lab}")
        self.assertEqual((answer.status, answer.json()["code"]), (409, "environment_not_empty"))
        host = self.ada.list("/api/v1/hosts")[0]["id"]
        self.ada.delete(f"/api/v1/hosts/{host}")
        self.ada.delete(f"/api/v1/environments/{lab}")
        eventually("nothing is left", lambda: otto.list("/api/v1/environments") == [])
        self.assertEqual(self.ada.list("/api/v1/server/tokens"), [], "a token limited to it is revoked")
        for one in self.ada.list("/api/v1/server/environments"):
            self.assertEqual(self.ada.request("DELETE", f"/api/v1/environments/{one['id']}").json()["code"], "built_in")

    # Removal

    def test_removal_ends_sessions_and_tokens_and_the_audit_keeps_the_name(self):
        otto, session = self.join("otto", [(self.default(), "viewer")])
        token = session.post("/api/v1/tokens", {"name": "script", "scopes": ["read"]}, expect=201)["token"]
        script = self.main.api()
        script.bearer = token
        script.get("/api/v1/hosts")
        with session.stream(["fleet"]) as stream, script.stream(["fleet"]) as other:
            self.ada.delete(f"/api/v1/people/{otto}")
            for one in (stream, other):
                with self.assertRaises(ConnectionError):
                    one.wait_for("its end", lambda kind, data: False)
        session.get("/api/v1/session", expect=401)
        script.get("/api/v1/hosts", expect=401)
        entry = self.ada.get(f"/api/v1/audit?object={otto}&action=person.remove")["items"][0]
        self.assertEqual((entry["actor"]["name"], entry["detail"]), (PERSON, "otto"))
        self.assertTrue(self.ada.get("/api/v1/audit?who=otto")["items"])
        self.assertTrue(self.ada.get("/api/v1/audit/verification")["intact"])

    # Floods

    def test_a_flood_of_log_ins_starves_nothing_else(self):
        stop = threading.Event()
        statuses = []

        def flood():
            while not stop.is_set():
                try:
                    statuses.append(self.log_in("nobody", "x" * 20)[1].status)
                except OSError:
                    pass
        threads = [threading.Thread(target=flood) for _ in range(8)]
        for thread in threads:
            thread.start()
        agent = self.agent()
        host = agent.enrol(self.main, self.ada, "busy")
        agent.start()
        try:
            eventually("it is online", lambda: self.ada.get(f"/api/v1/hosts/{host}")["state"] == "online")
            eventually("the flood is held", lambda: statuses.count(429) > 50)
        finally:
            stop.set()
            for thread in threads:
                thread.join()
        self.assertEqual(set(statuses) - {401, 429, 503}, set())
        self.assertLessEqual(statuses.count(401), 60, "one address has its bounds")
        figures = self.main.api()
        figures.bearer = self.ada.post("/api/v1/tokens", {"name": "m", "scopes": ["metrics"]}, expect=201)["token"]
        text = figures.request("GET", "/metrics").body.decode()
        self.assertIn("fettle_password_queued_jobs 0", text)
        self.assertIn("fettle_password_queue_capacity 50", text)


if __name__ == "__main__":
    unittest.main()
