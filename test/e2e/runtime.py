"""What programs expect of a Python: TLS roots, databases, time zones, hashes, foreign functions, text."""
import ctypes
import dbm
import hashlib
import locale
import os
import pwd
import socket
import sqlite3
import ssl
import sys
import tempfile
import threading
import zoneinfo
from datetime import datetime

assert len(ssl.create_default_context().get_ca_certs()) > 100
del os.environ["SSL_CERT_FILE"]
assert len(ssl.create_default_context().get_ca_certs()) > 100, "OpenSSL's default certificate file"

connection = sqlite3.connect(":memory:")
assert connection.execute("select json_extract('{\"a\": 2}', '$.a')").fetchone() == (2,)

assert datetime(2026, 7, 1, tzinfo=zoneinfo.ZoneInfo("Asia/Tokyo")).utcoffset().total_seconds() == 9 * 3600
assert zoneinfo.ZoneInfo("Europe/Kiev")
assert len(zoneinfo.available_timezones()) > 500

assert hashlib.sha256(b"").hexdigest().startswith("e3b0c442")
assert "md5" in hashlib.algorithms_available and hashlib.new("sha3_256", b"x")
assert ctypes.CDLL("libc.so.6").getpid() == os.getpid()
assert ctypes.CDLL("libm.so.6").abs(-3) == 3

with tempfile.TemporaryDirectory() as folder:
    with dbm.open(os.path.join(folder, "d"), "c") as database:
        database[b"k"] = b"v"

assert sys.getfilesystemencoding() == "utf-8" and "\u00e9".encode() == b"\xc3\xa9"
locale.setlocale(locale.LC_ALL, "")
assert locale.getpreferredencoding(False).lower().replace("-", "") == "utf8", locale.getpreferredencoding(False)
assert pwd.getpwuid(os.getuid()).pw_name == "nonroot" and os.getcwd() == "/app"
assert os.path.expanduser("~") == "/home/nonroot"
assert socket.getservbyname("https") == 443 and socket.getprotobyname("tcp") == 6
thread = threading.Thread(target=lambda: None)
thread.start()
thread.join()
print("all well")
