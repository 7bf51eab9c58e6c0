"""Certificates of every kind, made by the openssl command, and relays that stand between an agent and its server."""
import pathlib
import select
import socket
import ssl
import subprocess
import threading

CONFIGURATION = """
[ca]
default_ca = one
[one]
database = {folder}/index.txt
new_certs_dir = {folder}
default_md = sha256
policy = policy
rand_serial = yes
unique_subject = no
[policy]
commonName = supplied
[extensions]
subjectAltName = {names}
[req]
distinguished_name = subject
[subject]
"""


class Certificate:
    """A self-signed certificate and its key, as files. Times as YYYYMMDDHHMMSSZ."""

    def __init__(self, folder, names="IP:127.0.0.1,DNS:localhost", start="20200101000000Z", end="20991231000000Z"):
        folder = pathlib.Path(folder)
        folder.mkdir(parents=True)
        self.certificate, self.key = folder / "certificate.pem", folder / "key.pem"
        (folder / "index.txt").touch()
        configuration = folder / "openssl.cnf"
        configuration.write_text(CONFIGURATION.format(folder=folder, names=names))
        request = folder / "request.pem"
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                      self.key, "-out", request, "-subj", "/CN=test", "-config", configuration)
        self._openssl("ca", "-batch", "-selfsign", "-config", configuration, "-keyfile", self.key, "-in", request,
                      "-out", self.certificate, "-startdate", start, "-enddate", end, "-extensions", "extensions",
                      "-notext")

    @staticmethod
    def _openssl(*arguments):
        done = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr

    def copy_to(self, certificate, key):
        """In the order in which careless scripts do it."""
        certificate.write_bytes(self.certificate.read_bytes())
        key.write_bytes(self.key.read_bytes())


class Relay:
    """Listens and passes on to a server. With a certificate it ends TLS and begins it anew: a man in the middle."""

    def __init__(self, server_port, certificate=None):
        self.server_port = server_port
        self.context = None
        if certificate:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(certificate.certificate, certificate.key)
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.heard = []  # what went through in the open
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        server = None
        try:
            server = socket.create_connection(("127.0.0.1", self.server_port), timeout=15)
            if self.context:
                client = self.context.wrap_socket(client, server_side=True)
                outgoing = ssl.create_default_context()
                outgoing.check_hostname, outgoing.verify_mode = False, ssl.CERT_NONE
                server = outgoing.wrap_socket(server)
            self._pass_on(client, server)
        except OSError:
            pass
        finally:
            client.close()
            if server:
                server.close()

    def _pass_on(self, client, server):
        pairs = {client: server, server: client}
        while True:
            waiting = [side for side in pairs if isinstance(side, ssl.SSLSocket) and side.pending()]
            readable = waiting or select.select(list(pairs), [], [])[0]
            for side in readable:
                data = side.recv(65536)
                if not data:
                    return
                if self.context:
                    self.heard.append(data)
                pairs[side].sendall(data)
