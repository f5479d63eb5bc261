"""A server on 127.0.0.1 as long as a test needs it: for downloads, pages and mishaps."""

import threading
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer


@contextmanager
def serving(handler, **state):
    """Runs `handler` in a thread; `state` becomes the server's attributes, which the handler reads
    as `self.server.…`. At the end `over` is set, so that a handler waiting for it comes back."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        vars(server).update(state)
        server.over = threading.Event()
        server.url = f"http://127.0.0.1:{server.server_port}/"
        threading.Thread(target=server.serve_forever, args=[0.01], daemon=True).start()
        try:
            yield server
        finally:
            server.over.set()
            server.shutdown()


class Silent(BaseHTTPRequestHandler):
    """Keeps no log; what it answers its subclasses say."""

    def log_message(self, *arguments):
        pass


def files_of(folder):
    """A handler that serves the files of a folder and keeps no log."""
    return partial(type("Files", (Silent, SimpleHTTPRequestHandler), {}), directory=str(folder))
