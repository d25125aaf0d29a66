# The same isolates over HTTP on a Unix socket, in QUASAR's shapes: GET /health, and POST /execute of
# {code, function_name, test_input} -> {success, output, error, execution_time_ms, timeout}. For other harnesses;
# Orrery itself speaks frames, which need no folder of the host in the container.
import http.server
import json
import os
import secrets
import socket
import struct
import sys

LIMITS = {"wallMs": 30_000, "cpuMs": 30_000, "memoryBytes": 268_435_456, "outputBytes": 1_048_576}
MOST = 16 * 1024 * 1024
NO_CODE = {"success": False, "output": None, "error": "No code provided", "execution_time_ms": 0.0, "timeout": False}
FAILED = {"timeout": "timed out", "cpu-limit": "timed out", "output-limit": "too much output"}


def without_fence(code):
    """The first fenced part of an answer in Markdown, else the code as it is."""
    parts = code.split("```")
    if len(parts) < 3:
        return code
    first, _, rest = parts[1].partition("\n")
    return rest if first.strip().lower() in ("", "python", "py") else parts[1]


def unpacked(value):
    """A text that is a JSON list stands for the list, as in QUASAR's tasks."""
    if isinstance(value, str) and value.startswith("["):
        try:
            return json.loads(value)
        except ValueError:
            return value
    return value


def worded(error):
    """An error of the harness in QUASAR's words."""
    if error.startswith("SyntaxError: "):
        return "Syntax error: " + error[len("SyntaxError: ") :]
    if error.startswith("NameError: no entry point"):
        return "No callable entrypoint found" + error[len("NameError: no entry point") :]
    return "Function execution error: " + error


def execute(body, make_case):
    if not without_fence(body["code"]).strip():
        return NO_CODE
    entry = "submission.py"
    setup = {
        "nonce": secrets.token_hex(16),
        "files": {entry: without_fence(body["code"])},
        "entry": entry,
        "call": body.get("function_name") or None,
        "program": False,
    }
    head = {"nonce": setup["nonce"], "seed": 0, "limits": LIMITS}
    case = make_case(head, json.dumps(setup).encode(), json.dumps(unpacked(body.get("test_input"))).encode(), b"")
    case.run(None)
    report, answer, _, stderr = case.report()
    if not report["clean"]:
        sys.exit("a case left something that cannot be removed")
    kind, text = answer[:1], answer[1:].decode("utf-8", "replace")
    output, error = None, None
    if report["end"] == "result" and kind == b"V":
        try:
            output = json.loads(text)
        except ValueError:
            error = "not JSON"
    elif report["end"] == "result":
        error = worded(text) if kind == b"E" else text or "no result"
    else:
        error = FAILED.get(report["end"]) or stderr.decode("utf-8", "replace").strip()[-500:] or "no result"
    return {
        "success": error is None,
        "output": output,
        "error": error,
        "execution_time_ms": report["wallMs"],
        "timeout": report["end"] in ("timeout", "cpu-limit"),
    }


def serve_socket(path, make_case):
    class Handler(http.server.BaseHTTPRequestHandler):
        timeout = 10

        def answer(self, status, value):
            body = json.dumps(value).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_GET(self):
            if self.path == "/health":
                self.answer(200, {"status": "healthy", "version": "1.0"})
            else:
                self.answer(404, {"error": "GET /health, POST /execute"})

        def do_POST(self):
            try:
                size = int(self.headers.get("content-length", ""))
                if self.path != "/execute" or not 0 <= size <= MOST:
                    raise ValueError("POST /execute with at most 16 MiB")
                body = json.loads(self.rfile.read(size))
                if not isinstance(body, dict) or not isinstance(body.get("code"), str):
                    raise ValueError("code must be a string")
            except ValueError as problem:
                self.answer(400, {"error": str(problem)})
            else:
                self.answer(200, execute(body, make_case))

        def address_string(self):
            return "unix"

        def log_message(self, *_):
            pass

    class Server(http.server.HTTPServer):
        address_family = socket.AF_UNIX

        def server_bind(self):
            self.socket.bind(self.server_address)
            os.chmod(self.server_address, 0o666)

        def verify_request(self, request, client_address):
            # A peer outside of this container has no process id in here; one that has is the submission.
            credentials = request.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
            return struct.unpack("3i", credentials)[0] == 0

    Server(path, Handler).serve_forever()
