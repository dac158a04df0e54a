"""Write the spec's schema, and what records of it have, from the models: `make schemas`."""

import json
from pathlib import Path

from kcfg.spec.make_schema import make_spec_schema
from kcfg.spec.make_shapes import make_shapes
from kcfg.spec.schema import FILES

if __name__ == "__main__":
    text = json.dumps(make_spec_schema(), indent=2, ensure_ascii=False) + "\n"
    (Path(__file__).parent / FILES["spec"]).write_text(text, encoding="utf-8")
    shapes = Path(__file__).parents[1] / "kcfg/spec/shapes.py"
    shapes.write_text(make_shapes(), encoding="utf-8")
