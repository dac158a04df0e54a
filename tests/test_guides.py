"""Whoever copies the console blocks of a page of docs/, top to bottom, sees what is printed there.

`KCFG_RECORD=1 pytest tests/test_guides.py` prints what is shown into the pages: read them as their user would.
"""

import os

import pytest
from conftest import ROOT
from readme import blocks, reader, type_all

RECORDING = bool(os.environ.get("KCFG_RECORD"))
SECRET = "planted-guide-secret"
PAGES = [page for page in sorted((ROOT / "docs").glob("*.md")) if blocks("console", page.read_text(encoding="utf-8"))]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_console_block_shows_what_is_printed(page, private_home, secret_service, kubectl_path, tmp_path):
    typist = reader(tmp_path, private_home, secret_service, kubectl_path)
    try:
        text, faults, transcript = type_all(typist, page.read_text(encoding="utf-8"), SECRET)
    finally:
        typist.close()
    if RECORDING:
        page.write_text(text, encoding="utf-8")

    assert "\n".join(faults) == ""
    assert SECRET not in "".join(transcript)
