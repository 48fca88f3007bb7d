"""Imports every module of Python 2.7's standard library that lies in the image, and names those that do not import."""
import importlib
import os
import sys
import sysconfig

# Not made for import by themselves: they act when they are imported, are imported by cookielib only, are a benchmark that
# needs Python's tests, a tool for whoever changes lib2to3, or a source beside a frozen module of another shape.
LEFT_OUT = ("antigravity", "this", "_LWPCookieJar", "_MozillaCookieJar", "hotshot.stones", "lib2to3.pgen2.conv",
            "__phello__.foo")
OTHER_SYSTEMS = ("ctypes.wintypes", "encodings.mbcs", "msilib", "multiprocessing.win32", "os2emxpath", "_osx_support",
                 "distutils.msvc", "distutils.command.bdist_msi")

root = sysconfig.get_path("stdlib")
names = set(sys.builtin_module_names)
for folder, folders, files in os.walk(root):
    folders[:] = [f for f in folders if os.path.exists(os.path.join(folder, f, "__init__.py"))]
    prefix = os.path.relpath(folder, root).replace(os.sep, ".")
    prefix = "" if prefix == "." else prefix + "."
    for name in files:
        if name == "__init__.py" and prefix:
            names.add(prefix[:-1])
        elif name.endswith(".py") and name not in ("__init__.py", "__main__.py"):
            names.add(prefix + name[:-3])
for name in os.listdir(os.path.join(root, "lib-dynload")):
    if name.endswith(".so"):
        names.add(name.split(".")[0])

failed, imported = [], 0
for name in sorted(names):
    if name in LEFT_OUT or name.startswith(OTHER_SYSTEMS):
        continue
    try:
        importlib.import_module(name)
        imported += 1
    except BaseException as error:
        failed.append("%s: %s: %s" % (name, type(error).__name__, error))
if failed:
    sys.exit("\n".join(failed))
print("imported %d modules" % imported)
