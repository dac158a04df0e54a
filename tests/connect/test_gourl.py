"""URLs as Go 1.24 reads them, recorded: text, and [scheme, user, password, host, port, opaque] or null for an error."""

import json
from pathlib import Path

from kcfg.gourl import parse_url

RECORDED = json.loads((Path(__file__).parent / "go_urls.json").read_text())


def test_every_url_is_what_it_is_to_go():
    differs = []
    for text, wanted in RECORDED:
        try:
            url = parse_url(text)
            found = [url.scheme, url.user, url.password, url.host, url.port, url.opaque]
        except ValueError:
            found = None
        if found != wanted:
            differs.append((text, wanted, found))

    assert not differs
    assert min(sum(row[1] is None for row in RECORDED), sum(row[1] is not None for row in RECORDED)) > 100
