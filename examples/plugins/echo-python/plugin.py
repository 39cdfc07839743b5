"""An environment in Python, with the standard library alone.

Its artifacts are one word of text: `echo`, `upper`, `reverse`, `say`, `spell`, `count`, `flood`,
`fail` or `sleep`. A run applies the word to its input. `conformance.json` says which words prove it. See
docs/how-to/write-an-environment-in-another-language.md.
"""

import base64
import hashlib
import http.client
import itertools
import json
import os
import secrets
import socket
import socketserver
import struct
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from urllib.parse import unquote

FOLDER = Path(os.environ.pop("BEDPLATE_SOCKETS", "."))
HERE = Path(__file__).parent
# Which text of the contract this program was written against: surface digests by contract name.
SURFACES = json.loads((HERE / "surface.json").read_text())
BUILD = "sha256:" + hashlib.sha256(Path(__file__).read_bytes()).hexdigest()
INPUT_BYTES_MAX = 1 << 20

MANIFEST = {
    "plugin": {"name": "echo-python", "version": "1.0.0", "build": BUILD},
    "speaks": [
        {"name": name, "versions": [{"major": 1, "minor": 0, "surface": surface}]}
        for name, surface in SURFACES.items()
    ],
    "profile": {
        "instructionSets": [{"family": "echo", "revision": "1", "extensions": []}],
        "memory": {
            "model": "gc-heap",
            "ordering": "sequential",
            "isShared": False,
            "bytesMax": INPUT_BYTES_MAX,
        },
        "concurrency": {
            "scheduling": "preemptive",
            "threads": 1,
            "isReentrant": True,
            "interrupt": "never",
        },
        "determinism": {"grade": "bit-exact", "sources": []},
        "effects": "captured",
        "isolation": "language",
    },
    "declares": {
        "invoke": {
            "inputBytesMax": INPUT_BYTES_MAX,
            "outputBytesMax": INPUT_BYTES_MAX,
            "meters": ["outputBytes"],
            "crossCalls": False,
        }
    },
    "configSchema": {"type": "object", "additionalProperties": False},
    "instanceSchema": {
        "type": "object",
        "properties": {"session": {"type": "boolean"}},
        "additionalProperties": False,
    },
    "dependsOn": [],
    "wants": ["blob:read"],
    "features": [],
    "recognises": [],
}


class Fault(Exception):
    """What this program failed to do, as the contract says it."""

    def __init__(self, code, kind, connect, message, **detail):
        super().__init__(message)
        self.connect = connect
        self.fault = {
            "code": code,
            "kind": kind,
            "effect": "none",
            "retry": "never",
            "blame": "caller",
            "op": "environment.echo",
            "detail": detail,
            "message": message,
            "causes": [],
        }

    def as_json(self):
        detail = {"type": "bedplate.environment.v1.Fault", "value": "", "debug": self.fault}
        return {"code": self.connect, "message": str(self), "details": [detail]}


class HostConnection(http.client.HTTPConnection):
    """HTTP to the host's socket."""

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(str(FOLDER / "host.sock"))


def ask_host(operation, message, headers):
    """Asks the host for something that it granted; a refusal is passed on as it came."""
    connection = HostConnection("host")
    token = (FOLDER / "token").read_text()
    passed_on = {
        name: headers[name] for name in ("bedplate-deadline-at", "bedplate-principal") if headers[name]
    }
    connection.request(
        "POST",
        f"/bedplate.environment.v1.Host/{operation}",
        json.dumps(message),
        {"content-type": "application/json", "authorization": f"Bearer {token}", **passed_on},
    )
    response = connection.getresponse()
    answer = json.loads(response.read())
    connection.close()
    if response.status == 200:
        return answer
    refused = Fault("internal.bug", "internal", answer["code"], answer["message"])
    refused.fault = answer["details"][0]["debug"]
    raise refused


# Of each word, what it says while it runs, and what it answers with. A session counts its runs.
WORDS = {
    "echo": lambda data, runs: ([], data),
    "upper": lambda data, runs: ([], data.upper()),
    "reverse": lambda data, runs: ([], data[::-1]),
    "say": lambda data, runs: ([data], b""),
    "spell": lambda data, runs: ([b"a", b"b", b"c"], b""),
    "count": lambda data, runs: ([], str(runs).encode()),
    "flood": lambda data, runs: (itertools.repeat(b"water "), b""),
    "fail": lambda data, runs: ([], data),
    "sleep": lambda data, runs: time.sleep(3600) or ([], b""),
}


class Echo:
    """The environment: a method per operation of the contract. Generators answer streams."""

    def __init__(self):
        self.owner = ""
        self.instances = {}
        self.lock = threading.Lock()

    def Describe(self, message, headers):
        return {"manifest": MANIFEST}

    def Open(self, message, headers):
        self.owner = message["owner"]
        return {}

    def Close(self, message, headers):
        self.instances.clear()
        return {}

    def Fingerprint(self, message, headers):
        yield {"isHealthy": True, "room": {}}

    def Admit(self, message, headers):
        word = self.read(message["artifact"], headers)
        if word not in WORDS:
            return {"isAdmitted": False, "reason": "it is none of the words"}
        return {"isAdmitted": True, "instructionSet": "echo-1", "entries": ["main"]}

    def Create(self, message, headers):
        word = self.read(message["spec"]["artifact"], headers)
        handle = {
            "id": f"echo-{secrets.token_hex(8)}",
            "key": unquote(headers["idempotency-key"]),
            "release": BUILD,
            "owner": self.owner,
            "incarnation": secrets.token_hex(16),
            "state": "",
        }
        instance = {"handle": handle, "word": word, "phase": "created", "since": now_ms()}
        instance.update(session=message["spec"]["config"].get("session", False), runs=0)
        with self.lock:
            self.instances[handle["id"]] = instance
        return {"instance": handle["id"], "handle": handle}

    def Recover(self, message, headers):
        wanted = message["handle"]
        instance = self.instances.get(wanted["id"])
        if instance is None:
            return {"found": "absent"}
        if instance["handle"] != wanted:
            return {"found": "foreign"}
        return {"found": "alive", "alive": {"instance": wanted["id"], "handle": wanted}}

    def Inventory(self, message, headers):
        for instance in list(self.instances.values()):
            yield instance["handle"]

    def Start(self, message, headers):
        self.move(message, "running")
        return {}

    def Status(self, message, headers):
        instance = self.find(message)
        return {"phase": instance["phase"], "sinceAt": instance["since"], "usage": usage(0, 0)}

    def Stop(self, message, headers):
        self.move(message, "stopped")
        return {"code": 0, "isOutOfMemory": False, "at": now_ms()}

    def Release(self, message, headers):
        with self.lock:
            self.instances.pop(message["instance"], None)
        return {}

    def Run(self, message, headers):
        instance = self.find(message)
        invocation = message["invocation"]
        if invocation["entry"] != "main":
            raise Fault(
                "argument.invalid",
                "invalid",
                "invalid_argument",
                "Cannot run: the only entry is main",
                path="/entry",
                rule="must be main",
            )
        started = time.monotonic()
        data = base64.b64decode(invocation["input"])
        limit = invocation["budget"].get("outputBytes", INPUT_BYTES_MAX)
        instance["runs"] = instance["runs"] + 1 if instance["session"] else 1
        said, output = WORDS[instance["word"]](data, instance["runs"])
        outcome = {"kind": "reverted" if instance["word"] == "fail" else "returned"}
        outcome["output"] = base64.b64encode(output).decode()
        events, used = [], len(output)
        is_over = used > limit
        for each in [] if is_over else said:
            is_over = used + len(each) > limit
            if is_over:
                break
            used += len(each)
            event = {"topic": "stdout", "data": base64.b64encode(each).decode()}
            events.append(event)
            if message["hasEvents"]:
                yield {"notice": event}
        if is_over:
            outcome, used = {"kind": "exhausted", "meter": "outputBytes"}, min(used, limit)
        wall_ms = (time.monotonic() - started) * 1000
        yield {
            "answer": {
                "outcome": outcome,
                "usage": usage(wall_ms, used),
                "writes": [],
                "events": events,
            }
        }

    def read(self, digest, headers):
        blob = ask_host("ReadBlob", {"digest": digest}, headers)
        return base64.b64decode(blob["data"]).decode("utf-8", "replace").strip()

    def find(self, message):
        instance = self.instances.get(message["instance"])
        if instance is not None:
            return instance
        raise Fault(
            "resource.missing",
            "not_found",
            "not_found",
            "Cannot find the instance",
            type="instance",
            id=message["instance"],
        )

    def move(self, message, phase):
        instance = self.find(message)
        if instance["phase"] != phase:
            instance.update(phase=phase, since=now_ms())


def usage(wall_ms, output_bytes):
    return {
        "fuel": 0,
        "wallMs": wall_ms,
        "cpuMs": 0,
        "memoryBytes": 0,
        "outputBytes": output_bytes,
    }


def now_ms():
    return time.time() * 1000


class Handler(BaseHTTPRequestHandler):
    """The Connect protocol: a path per operation, JSON messages, envelopes around streamed ones."""

    protocol_version = "HTTP/1.1"
    environment = Echo()

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        is_stream = self.headers["content-type"] == "application/connect+json"
        operation = self.path.removeprefix("/bedplate.environment.v1.Environment/")
        method = getattr(self.environment, operation, None) if operation[:1].isupper() else None
        message = json.loads((body[5:] if is_stream else body) or "{}")
        if is_stream:
            return self.answer_stream(method, message)
        try:
            self.answer(200, known(method)(message, self.headers))
        except Fault as fault:
            self.answer(400, fault.as_json())

    def answer(self, status, message):
        body = json.dumps(message).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_stream(self, method, message):
        self.send_response(200)
        self.send_header("content-type", "application/connect+json")
        # Without a length the end of the connection is the end of the body.
        self.send_header("connection", "close")
        self.end_headers()
        end = {}
        try:
            for item in known(method)(message, self.headers):
                self.write_envelope(0, item)
        except Fault as fault:
            end = {"error": fault.as_json()}
        self.write_envelope(2, end)

    def write_envelope(self, flags, message):
        body = json.dumps(message).encode()
        self.wfile.write(struct.pack(">BI", flags, len(body)) + body)
        self.wfile.flush()

    def log_message(self, *_):
        pass

    def address_string(self):
        return "host"


def known(method):
    if method is not None:
        return method
    raise Fault(
        "capability.undeclared", "unsupported", "unimplemented", "Cannot do what is not known here"
    )


class Server(socketserver.ThreadingMixIn, socketserver.UnixStreamServer):
    daemon_threads = True
    request_queue_size = 128


def greet():
    """One line on descriptor 3, once the socket listens."""
    offer = {
        "hello": 1,
        "side": "plugin",
        "process": {"build": BUILD, "startedAt": now_ms(), "nonce": secrets.token_hex(16)},
        "speaks": MANIFEST["speaks"],
        "features": {},
        "has": [],
    }
    with os.fdopen(3, "w") as descriptor:
        descriptor.write(json.dumps(offer) + "\n")


def leave_with_host():
    """The host holds the other end of stdin: its end is the host's end."""
    sys.stdin.buffer.read()
    os._exit(0)


if __name__ == "__main__":
    server = Server(str(FOLDER / "plugin.sock"), Handler)
    threading.Thread(target=leave_with_host, daemon=True).start()
    greet()
    server.serve_forever()
