"""A small guest book: a page, a JSON interface, and a health check."""

import os
import platform
import sqlite3
from datetime import datetime
from zoneinfo import ZoneInfo

import flask

app = flask.Flask(__name__)
DATABASE = os.environ.get("GUESTBOOK", "/tmp/guestbook.db")

PAGE = """<!doctype html>
<title>Guest book</title>
<h1>Guest book</h1>
<p>Served by Flask on Python {{ python }}.</p>
<form method="post"><input name="text" maxlength="200" required> <button>Sign</button></form>
<ul>{% for text, at in entries %}<li>{{ text }} <small>{{ at }}</small></li>{% endfor %}</ul>
"""


def database() -> sqlite3.Connection:
    connection = sqlite3.connect(DATABASE)
    connection.execute("CREATE TABLE IF NOT EXISTS entries (text TEXT NOT NULL, at TEXT NOT NULL)")
    return connection


def entries() -> list[tuple[str, str]]:
    with database() as connection:
        return connection.execute("SELECT text, at FROM entries ORDER BY rowid DESC LIMIT 50").fetchall()


@app.get("/")
def page() -> str:
    return flask.render_template_string(PAGE, python=platform.python_version(), entries=entries())


@app.post("/")
def sign() -> flask.Response:
    text = flask.request.form.get("text", "").strip()[:200]
    if not text:
        flask.abort(400, "text is missing")
    at = datetime.now(ZoneInfo("Europe/Berlin")).isoformat(timespec="seconds")
    with database() as connection:
        connection.execute("INSERT INTO entries VALUES (?, ?)", (text, at))
    return flask.redirect("/", code=303)


@app.get("/entries")
def listing() -> flask.Response:
    return flask.jsonify([{"text": text, "at": at} for text, at in entries()])


@app.get("/healthz")
def health() -> str:
    return "ok\n"
