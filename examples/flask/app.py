"""One page that says what serves it."""

import platform
import sys

import flask

app = flask.Flask(__name__)

PAGE = """<!doctype html>
<title>Flask</title>
<h1>Hello from Flask</h1>
<p>Python {{ python }} on {{ system }}, {{ modules }} modules loaded.</p>
"""


def system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except OSError:
        return platform.system()


@app.get("/")
def page() -> str:
    return flask.render_template_string(
        PAGE, python=platform.python_version(), system=system(), modules=len(sys.modules)
    )


@app.get("/healthz")
def health() -> str:
    return "ok\n"
