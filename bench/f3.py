"""F3, fan-out of one topic to 1,000 and 5,000 streams: our server and nginx with nchan (2 workers) in turn, the same readers,
the same schedule of messages. Deliveries a CPU second of the server, at the highest rate with p99 within 250 ms and nothing
lost, and at 20 messages a second."""
import json
import os
import resource
import shutil
import subprocess
import tempfile

from fettle_server import answers_on, children, free_port, peer, row, stop_process, tool, wait_for

SECONDS = os.environ.get("FETTLE_BENCH_SECONDS", "2")
SUBSCRIBERS = (1000, 5000)
WORKERS = 2
# Where the climb begins; each step is half as much again.
OUR_FIRST_RATE = {1000: 1000, 5000: 300}
NCHAN_FIRST_RATE = {1000: 40, 5000: 6}

# Room for whatever a worker may be behind by, so that nothing is lost before latency says that it is too much.
NGINX = """
user root;
load_module {module};
worker_processes {workers};
worker_rlimit_nofile {descriptors};
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
daemon off;
events {{ worker_connections {connections}; }}
http {{
  access_log off;
  client_body_temp_path {folder}/body;
  proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/fastcgi;
  uwsgi_temp_path {folder}/uwsgi;
  scgi_temp_path {folder}/scgi;
  keepalive_requests 100000000;
  nchan_shared_memory_size 512m;
  server {{
    listen 127.0.0.1:{port} reuseport backlog=4096;
    location = /pub {{
      nchan_publisher;
      nchan_channel_id bench;
      nchan_message_buffer_length 5000;
      nchan_message_timeout 30s;
    }}
    location = /sub {{
      nchan_subscriber eventsource;
      nchan_channel_id bench;
      nchan_subscriber_first_message newest;
    }}
  }}
}}
"""


class Nginx:
    def __init__(self):
        self.folder = tempfile.mkdtemp(prefix="fettle-nginx-")
        self.port = free_port()
        most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
        path = os.path.join(self.folder, "nginx.conf")
        with open(path, "w", encoding="ascii") as file:
            file.write(NGINX.format(module=peer("usr/lib/nginx/modules/ngx_nchan_module.so"), folder=self.folder, port=self.port,
                                    workers=WORKERS, descriptors=most, connections=min(most - 100, 16000)))
        # The module insists on a folder below /var/lib/nginx, whatever the configuration says: a /var/lib that only it sees.
        script = 'mount -t tmpfs none /var/lib && mkdir /var/lib/nginx && exec "$@"'
        self.process = subprocess.Popen(["unshare", "--mount", "sh", "-c", script, "sh", peer("usr/sbin/nginx"), "-e",
                                         os.path.join(self.folder, "error.log"), "-p", self.folder, "-c", path])
        # The port is open before the workers are there, and all of them are what is measured.
        wait_for(lambda: answers_on(self.port) and len(children(self.process.pid)) == WORKERS, 10, "the start of nginx")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        stop_process(self.process)
        shutil.rmtree(self.folder, ignore_errors=True)


def run(name, subscribers, first_rate, *peer_arguments):
    """The steps at 20 messages a second and at the best rate."""
    command = [tool("bench_fanout"), str(subscribers), SECONDS, str(first_rate), *map(str, peer_arguments)]
    figures = {}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        for line in process.stdout:
            step = json.loads(line)
            kind = step.pop("step")
            row(f"F3 {name}, {kind}", **step)
            figures[kind] = step
    if process.returncode != 0:
        raise SystemExit(f"bench_fanout ended with {process.returncode}")
    return figures["small_site"], figures["best"]


def times(ours, theirs):
    ours, theirs = (step["deliveries_per_cpu_second"] for step in (ours, theirs))
    return round(ours / theirs, 2) if theirs else None


if __name__ == "__main__":
    has_peer = peer("usr/sbin/nginx") and peer("usr/lib/nginx/modules/ngx_nchan_module.so")
    for subscribers in SUBSCRIBERS:
        ours = run("fettle", subscribers, OUR_FIRST_RATE[subscribers])
        if not has_peer or os.geteuid() != 0:
            row("F3 nchan", missing="packages nginx and libnginx-mod-nchan below build/peers, and a mount namespace (root)")
            continue
        with Nginx() as nginx:
            pids = [nginx.process.pid, *children(nginx.process.pid)]
            theirs = run("nchan", subscribers, NCHAN_FIRST_RATE[subscribers], nginx.port, *pids)
        # Who falls behind sends several messages at once, which is cheaper: only those who kept up can be compared.
        row("F3 times nchan", subscribers=subscribers, at_20_a_second=times(ours[0], theirs[0]),
            both_kept_up=ours[0]["ok"] and theirs[0]["ok"], at_the_best_rate=times(ours[1], theirs[1]))
