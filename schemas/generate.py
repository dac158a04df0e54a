"""Write the spec's schema from the models: `make schemas`."""

import json
from pathlib import Path

from kcfg.spec.schema import FILES, make_spec_schema

if __name__ == "__main__":
    text = json.dumps(make_spec_schema(), indent=2, ensure_ascii=False) + "\n"
    (Path(__file__).parent / FILES["spec"]).write_text(text, encoding="utf-8")
