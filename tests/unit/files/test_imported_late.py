"""Reading files costs nothing where no file is read."""

from __future__ import annotations

import subprocess
import sys


def test_a_door_that_reads_no_file_imports_neither_pydantic_nor_yaml():
    program = "import azlocal.app, sys; print(sorted({'pydantic', 'yaml', 'azlocal.files'} & sys.modules.keys()))"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
