"""Headless Chromium, spoken to by its DevTools protocol: what happens in the page is measured in the page."""

import json
import shutil
import tempfile
import time
from pathlib import Path

import requests
import websocket

from tools import processes

from .odoo_database import check

START_TIMEOUT = 30


class Chromium:
    """A context manager: one browser with one empty page."""

    def __enter__(self):
        self._folder = Path(tempfile.mkdtemp(prefix="bench-chromium-"))
        program = shutil.which("chromium") or shutil.which("google-chrome")
        check(bool(program), True, "Chromium found")
        self._process = processes.start(
            [
                *(program, "--headless=new", "--no-sandbox", "--disable-gpu", "--remote-debugging-port=0"),
                *("--remote-allow-origins=*", "--no-first-run", "--window-size=1366,768"),
                *(f"--user-data-dir={self._folder}", "about:blank"),
            ],
            log=self._folder / "log",
        )
        self._socket = websocket.create_connection(self._page_url(), timeout=120)
        self._number = 0
        return self

    def __exit__(self, *_error):
        self._socket.close()
        processes.stop(self._process)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _page_url(self):
        deadline = time.monotonic() + START_TIMEOUT
        port_file = self._folder / "DevToolsActivePort"
        while not port_file.exists() or not port_file.read_text(encoding="ascii").strip():
            if time.monotonic() > deadline:
                raise AssertionError("Chromium did not start")
            time.sleep(0.05)
        port = port_file.read_text(encoding="ascii").split()[0]
        pages = requests.get(f"http://127.0.0.1:{port}/json", timeout=10).json()
        return next(page["webSocketDebuggerUrl"] for page in pages if page["type"] == "page")

    def command(self, method, **params):
        """Send a command and return its result."""
        self._number += 1
        self._socket.send(json.dumps({"id": self._number, "method": method, "params": params}))
        while True:
            answer = json.loads(self._socket.recv())
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise AssertionError(f"{method}: {answer['error']}")
                return answer["result"]

    def evaluate(self, script):
        """Run JavaScript and return what it, or its promise, comes to."""
        result = self.command("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in result:
            raise AssertionError(str(result["exceptionDetails"])[:2000])
        return result["result"].get("value")

    def wait_for(self, condition, timeout=120):
        """Wait until a JavaScript expression is true."""
        deadline = time.monotonic() + timeout
        while not self.evaluate(f"Boolean({condition})"):
            if time.monotonic() > deadline:
                raise AssertionError(f"In vain waited for {condition}")
            time.sleep(0.05)
