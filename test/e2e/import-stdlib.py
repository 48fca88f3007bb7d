"""Imports every module of the standard library that lies in the image, and names those that do not import."""
import importlib
import os
import sys
import sysconfig

# Not made for import: they act when they are imported, or exist for other systems only.
LEFT_OUT = {"antigravity", "this", "idlelib.idle", "__phello__.foo"}
# Submodules for other systems, by the standard library's own account.
OTHER_SYSTEMS = ("asyncio.windows", "multiprocessing.popen_spawn_win32", "encodings.mbcs", "encodings.oem", "ctypes.wintypes",
                 "_pyrepl.windows", "_pyrepl.mypy", "ctypes.macholib", "_osx_support", "_ios_support", "_android_support",
                 "_apple_support", "encodings.cp65001", "wintypes", "msilib", "distutils.msvc", "distutils._msvc",
                 "distutils.command.bdist_msi")

root = sysconfig.get_path("stdlib")
names = set()
for folder, folders, files in os.walk(root):
    folders[:] = [f for f in folders if f not in ("lib-dynload", "__pycache__", "site-packages", "dist-packages")
                  and os.path.exists(os.path.join(folder, f, "__init__.py"))]
    prefix = os.path.relpath(folder, root).replace(os.sep, ".")
    prefix = "" if prefix == "." else prefix + "."
    for file in files:
        if file == "__init__.py" and prefix:
            names.add(prefix[:-1])
        elif file.endswith(".py") and file not in ("__init__.py", "__main__.py"):
            names.add(prefix + file[:-3])
for file in os.listdir(os.path.join(root, "lib-dynload")):
    if file.endswith(".so"):
        names.add(file.split(".")[0])
names.update(sys.builtin_module_names)

failed, imported = [], 0
for name in sorted(names):
    if name in LEFT_OUT or name.startswith(OTHER_SYSTEMS):
        continue
    try:
        importlib.import_module(name)
        imported += 1
    except BaseException as error:
        failed.append(f"{name}: {type(error).__name__}: {error}")
if failed:
    sys.exit("\n".join(failed))
print(f"imported {imported} modules")
