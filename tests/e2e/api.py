"""The server's API and stream as a browser or a program uses them: cookies or a bearer token, JSON, SSE."""
import http.client
import json
import ssl
import time
import urllib.parse

TIMEOUT_SECONDS = 15


def connect(url):
    """To an https server whoever it claims to be: its certificate is of its own making."""
    parts = urllib.parse.urlsplit(url)
    if parts.scheme == "http":
        return http.client.HTTPConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS)
    return http.client.HTTPSConnection(parts.hostname, parts.port, timeout=TIMEOUT_SECONDS,
                                       context=unverified_context())


def unverified_context():
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    def json(self):
        return json.loads(self.body)

    def __str__(self):
        return f"{self.status} {self.body[:600]!r}"


class Api:
    def __init__(self, url, bearer=None):
        parts = urllib.parse.urlsplit(url)
        self.url, self.host, self.port = url, parts.hostname, parts.port
        self.bearer = bearer
        self.cookie = None

    def _headers(self, extra):
        headers = {"Accept": "application/json", "Sec-Fetch-Site": "same-origin"}
        if self.bearer:
            headers["Authorization"] = f"Bearer {self.bearer}"
        elif self.cookie:
            headers["Cookie"] = self.cookie
        return headers | (extra or {})

    def request(self, method, path, body=None, headers=None):
        """One request on a connection of its own. `body` is sent as JSON unless it is bytes."""
        headers = self._headers(headers)
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        connection = connect(self.url)
        try:
            connection.request(method, path, body=body, headers=headers)
            answer = connection.getresponse()
            result = Answer(answer.status, answer.headers, answer.read())
        finally:
            connection.close()
        for value in result.headers.get_all("Set-Cookie") or []:
            self.cookie = value.split(";")[0]
        return result

    def _expect(self, answer, expect, what):
        assert answer.status == expect, f"{what}: expected {expect}, got {answer}"
        return answer.json() if answer.body else None

    def get(self, path, expect=200):
        return self._expect(self.request("GET", path), expect, f"GET {path}")

    def post(self, path, body, expect=200):
        return self._expect(self.request("POST", path, body), expect, f"POST {path}")

    def delete(self, path, expect=204):
        return self._expect(self.request("DELETE", path), expect, f"DELETE {path}")

    def list(self, path):
        """All items, over as many pages as there are."""
        items, cursor = [], None
        while True:
            joined = path + ("&" if "?" in path else "?") + "limit=500"
            page = self.get(joined + (f"&cursor={urllib.parse.quote(cursor)}" if cursor else ""))
            items += page["items"]
            cursor = page["next_cursor"]
            if not cursor:
                return items

    def stream(self, topics, last_event_id=None):
        return Stream(self, topics, last_event_id)


class Stream:
    """Server-sent events, read as they come. A context manager."""

    def __init__(self, api, topics, last_event_id):
        headers = api._headers({"Accept": "text/event-stream"})
        if last_event_id:
            headers["Last-Event-ID"] = last_event_id
        self.connection = connect(api.url)
        self.connection.request("GET", "/api/v1/stream?topics=" + ",".join(topics), headers=headers)
        self.answer = self.connection.getresponse()
        assert self.answer.status == 200, f"stream: {self.answer.status} {self.answer.read()!r}"
        self.last_id = last_event_id

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.answer.close()
        self.connection.close()

    def messages(self):
        """(type, data) of each message, without end."""
        kind, data = "message", []
        while True:
            line = self.answer.readline()
            if not line:
                raise ConnectionError("the stream ended")
            line = line.decode().rstrip("\n")
            if not line:
                if data:
                    yield kind, json.loads("\n".join(data))
                kind, data = "message", []
            elif line.startswith("event: "):
                kind = line[7:]
            elif line.startswith("data: "):
                data.append(line[6:])
            elif line.startswith("id: "):
                self.last_id = line[4:]

    def wait_for(self, what, is_it, seconds=TIMEOUT_SECONDS):
        """The first message for which is_it(type, data) holds."""
        deadline = time.monotonic() + seconds
        for kind, data in self.messages():
            if is_it(kind, data):
                return data
            if time.monotonic() > deadline:
                raise AssertionError(f"not on the stream within {seconds} s: {what}")
