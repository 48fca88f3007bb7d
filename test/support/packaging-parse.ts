/** Begins a program in Python: `parse` gives what PyPI takes for a version, by `packaging` or pip's own copy of it, else None. */
export const PACKAGING_PARSE = `
import sys
try:
    from packaging.version import Version, InvalidVersion
except ImportError:
    from pip._vendor.packaging.version import Version, InvalidVersion
def parse(text):
    try:
        return Version(text)
    except InvalidVersion:
        return None
`;
