"""Run the notebooks again and keep their outputs: `PARLEY_DATABASE=demo.db python -m notebooks`."""

import base64
import io
import os
import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

HERE = Path(__file__).resolve().parent
KERNEL = "python3"


def surroundings() -> dict[str, str]:
    """The environment of a kernel: it takes Parley from this checkout, wherever that was installed from."""
    paths = [str(HERE.parent), os.environ.get("PYTHONPATH", "")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}


def strip(notebook: nbformat.NotebookNode) -> nbformat.NotebookNode:
    """Without what differs from run to run though nothing changed (times, the machine's Python), and with small pictures."""
    for cell in notebook.cells:
        cell.metadata.pop("execution", None)
        for output in cell.get("outputs", ()):
            if picture := output.get("data", {}).get("image/png"):
                output["data"]["image/png"] = small(picture)
    notebook.metadata = {"kernelspec": {"name": KERNEL, "display_name": "Python 3", "language": "python"}}
    return notebook


def small(picture: str) -> str:
    """A picture as PNG of 48 colours, which these drawings have no more of: a third of its size."""
    from PIL import Image

    kept = io.BytesIO()
    Image.open(io.BytesIO(base64.b64decode(picture))).convert("RGB").quantize(48).save(kept, "PNG", optimize=True)
    return base64.b64encode(kept.getvalue()).decode()


def main() -> None:
    for file in sorted(HERE.glob("*.ipynb")):
        notebook = nbformat.read(file, as_version=4)
        client = NotebookClient(notebook, timeout=300, kernel_name=KERNEL, resources={"metadata": {"path": str(HERE)}})
        nbformat.write(strip(client.execute(env=surroundings())), file)
        sys.stderr.write(f"{file.name}\n")


if __name__ == "__main__":
    main()
