"""A web application of Python 2.7's standard library alone; app.py of the image's working directory."""
import os
import sys
from wsgiref.simple_server import make_server


def application(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [("served by Python %d.%d as %d" % (sys.version_info[0], sys.version_info[1], os.getuid())).encode()]


make_server("127.0.0.1", int(os.environ["PORT"]), application).serve_forever()
