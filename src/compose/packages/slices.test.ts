import assert from "node:assert/strict";
import { test } from "node:test";
import type { SliceName } from "../../plan/names.ts";
import type { RootPath } from "../../rootfs/path.ts";
import { describeSlice, sliceOf } from "./slices.ts";

/** Paths of real packages, and the slice that each belongs to; "image" for what ships. */
const CASES: Readonly<Record<SliceName | "image", readonly string[]>> = {
  documentation: [
    "usr/share/man/man1/python3.1.gz",
    "usr/share/man/de/man8/ld.so.8.gz",
    "usr/lib/jvm/java-21-openjdk-amd64/man/man1/java.1.gz",
    "usr/share/info/dir",
    "usr/share/doc/libc6/changelog.Debian.gz",
    "usr/share/doc/python3.13/examples/",
    "usr/share/doc/libssl3t64/copyright.gz",
    "usr/share/doc-base/python3.gunicorn",
  ],
  licenses: ["usr/share/common-licenses/GPL-3", "usr/share/common-licenses/"],
  translations: ["usr/share/locale/de/LC_MESSAGES/libc.mo"],
  packaging: [
    "usr/share/lintian/overrides/libc6",
    "usr/share/bug/python3/presubj",
    "usr/share/python3/runtime.d/x.rtupdate",
    "etc/dpkg/origins/debian",
  ],
  locales: ["usr/lib/locale/de_DE.utf8/LC_TIME", "usr/lib/locale/locale-archive"],
  "shell-completion": ["usr/share/bash-completion/completions/openssl"],
  desktop: ["usr/share/applications/python3.13.desktop", "usr/share/pixmaps/python3.13.xpm"],
  services: ["etc/init.d/procps", "usr/lib/systemd/system/x.service", "etc/cron.daily/x", "etc/default/x"],
  login: ["etc/update-motd.d/10-uname", "etc/issue", "etc/profile.d/x.sh", "usr/share/base-files/profile"],
  "certificate-tools": [
    "usr/sbin/update-ca-certificates",
    "etc/ca-certificates/update.d/",
    "usr/share/ca-certificates/mozilla/",
  ],
  development: [
    "usr/include/zlib.h",
    "usr/lib/x86_64-linux-gnu/pkgconfig/zlib.pc",
    "usr/lib/x86_64-linux-gnu/cmake/x/y.cmake",
    "usr/share/gdb/auto-load/x.py",
    "usr/lib/valgrind/python3.supp",
  ],
  gconv: ["usr/lib/x86_64-linux-gnu/gconv/ISO8859-1.so", "usr/lib/x86_64-linux-gnu/gconv/gconv-modules"],
  "leap-second-zones": ["usr/share/zoneinfo/right/Europe/Berlin"],
  "static-libraries": ["usr/lib/x86_64-linux-gnu/libz.a", "usr/lib/libx.la"],
  "libc-tools": ["usr/bin/ldd", "usr/bin/getent", "usr/sbin/zic"],
  ldconfig: ["usr/sbin/ldconfig", "usr/sbin/ldconfig.real"],
  "python-tests": [
    "usr/lib/python3.13/test/support/__init__.py",
    "usr/lib/python2.7/test/regrtest.py",
    "usr/lib/python3.13/lib-dynload/_testcapi.cpython-313-x86_64-linux-gnu.so",
    "usr/lib/python3.13/lib-dynload/_ctypes_test.cpython-313-x86_64-linux-gnu.so",
    "usr/lib/python3.13/lib-dynload/xxlimited_35.cpython-313-x86_64-linux-gnu.so",
  ],
  "python-tk": ["usr/lib/python3.13/turtle.py", "usr/lib/python3.13/idlelib/", "usr/bin/idle-python3.13"],
  "python-ndbm": [
    "usr/lib/python3.13/dbm/ndbm.py",
    "usr/lib/python3.13/lib-dynload/_dbm.cpython-313-x86_64-linux-gnu.so",
  ],
  "python-nis": ["usr/lib/python3.11/lib-dynload/nis.cpython-311-x86_64-linux-gnu.so"],
  "python-unusable": ["usr/lib/python3.13/dbm/gnu.py"],
  "python-ensurepip": ["usr/lib/python3.13/ensurepip/__init__.py"],
  "python-docs": ["usr/lib/python3.13/pydoc_data/topics.py", "usr/bin/pydoc3.13"],
  "java-wide-archive": ["usr/lib/jvm/java-21-openjdk-amd64/lib/server/classes_nocoops.jsa"],
  "python-packaging": ["usr/bin/py3compile", "usr/share/python3/debpython/__init__.py"],
  image: [
    "usr/share/doc/libc6/copyright",
    "usr/share/doc/libgcc-s1",
    "usr/lib/x86_64-linux-gnu/libc.so.6",
    "usr/lib/x86_64-linux-gnu/libz.so.1",
    "usr/lib/x86_64-linux-gnu/ossl-modules/legacy.so",
    "usr/lib64/ld-linux-x86-64.so.2",
    "usr/share/zoneinfo/Europe/Berlin",
    "usr/share/zoneinfo/posix/Europe/Berlin",
    "usr/share/zoneinfo/tzdata.zi",
    "usr/lib/os-release",
    "etc/os-release",
    "etc/mime.types",
    "etc/services",
    "etc/ssl/certs/",
    "etc/ld.so.conf.d/x86_64-linux-gnu.conf",
    "etc/profile",
    "usr/bin/python3.13",
    "usr/bin/openssl",
    "usr/sbin/",
    "usr/lib/python3.13/os.py",
    "usr/lib/python3.13/unittest/__init__.py",
    "usr/lib/python3.13/doctest.py",
    "usr/lib/python3.13/pydoc.py",
    "usr/lib/python3.13/dbm/sqlite3.py",
    "usr/lib/python3.13/venv/__init__.py",
    "usr/lib/python3.13/LICENSE.txt",
    "usr/lib/python3.13/_sysconfigdata__x86_64-linux-gnu.py",
    "usr/lib/python3.13/lib-dynload/_ssl.cpython-313-x86_64-linux-gnu.so",
    "usr/lib/python3.13/lib-dynload/_ctypes.cpython-313-x86_64-linux-gnu.so",
    "usr/lib/python3/dist-packages/django/test/client.py",
    "usr/lib/python3/dist-packages/astropy/tests/runner.py",
    "usr/lib/python3/dist-packages/numpy/testing/__init__.py",
    "usr/lib/python3/dist-packages/pkgconfig/__init__.py",
    "usr/lib/python3/dist-packages/flask/app.py",
    "usr/lib/python3/dist-packages/x/locale/de/LC_MESSAGES/x.mo",
    "usr/lib/python3/dist-packages/flask-3.1.1.dist-info/METADATA",
    "var/lib/dpkg/status.d/libc6",
  ],
};

for (const [name, paths] of Object.entries(CASES)) {
  test(name === "image" ? "what an image runs, reads or must carry along ships" : `the slice ${name}`, () => {
    for (const path of paths) assert.equal(sliceOf(path as RootPath)?.name ?? "image", name, path);
    if (name !== "image") assert.notEqual(describeSlice(name as SliceName), name);
  });
}
