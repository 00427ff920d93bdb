"""Which installed packages have known holes: `audit.py PIP-AUDIT PYTHON`, as `make audit` calls it.

Exits with 1 if an advisory is found. Where the registry cannot be asked, or is a mirror that tells no advisories, it
says so and exits with 0: not to know is no finding.
"""

import json
import subprocess
import sys


def main(pip_audit: str, python: str) -> int:
    where = subprocess.check_output([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True)
    asked = [pip_audit, "--path", where.strip(), "--format", "json", "--progress-spinner", "off"]
    done = subprocess.run(asked, capture_output=True, text=True)
    try:
        packages = json.loads(done.stdout)["dependencies"]
    except (ValueError, KeyError, TypeError):
        reason = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        print(f"Audit skipped: the registry could not be asked ({reason}).")
        return 0
    known = [package for package in packages if "skip_reason" not in package]
    found = [(package, hole) for package in known for hole in package["vulns"]]
    for package, hole in found:
        mended = ", ".join(hole["fix_versions"]) or "no version yet"
        print(f"{package['name']} {package['version']}: {hole['id']}, mended in {mended}")
    if not known:
        print(f"Audit skipped: this registry tells no advisories; none of {len(packages)} packages could be audited.")
        return 0
    print(f"Audit: {sum(bool(package['vulns']) for package in known)} of {len(known)} packages have advisories.")
    if unknown := [package["name"] for package in packages if "skip_reason" in package]:
        print("Not known to the registry:", *unknown)
    return bool(found)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
