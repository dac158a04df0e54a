"""Numbers of any length, as values and as keys: the real kubectl says what they are."""

import pytest
import yaml
from answers import ask
from kubeconfigs import without_empty_preferences

LONG = "1" * 400
NUMBERS = [
    *("9223372036854775807", "-9223372036854775808", "-9223372036854775809", "9223372036854775808", "1" * 23),
    *(
        LONG,
        f"-{LONG}",
        f"1_{LONG}",
        f"{LONG}.5",
        "1" * 4301,
        "1e999",
        "-1e999",
        "1e-999",
        "1.5e400",
        "1e300",
        "-3.4e39",
    ),
    *("0x" + "f" * 17, "-0x10", "0" + "7" * 26, "0" + "9" * 20, "0b" + "1" * 70, "0o17", "0o" + "7" * 40, "1_000.5"),
    *(
        "1e5",
        "1e6",
        "1e22",
        "100000.0",
        "123456789.5",
        "999999.96",
        "0.0001",
        "0.00001",
        "0.3333333333",
        "-0.0",
        "1e-45",
    ),
]


@pytest.mark.parametrize("number", NUMBERS, ids=lambda number: f"{number[:12]}-{len(number)}")
def test_a_number_is_what_it_is_to_kubectl(number, tmp_path, kubectl_path, kcfg):
    def viewed(entries):
        (tmp_path / "k").write_text(
            f"apiVersion: v1\nkind: Config\nextensions:\n- name: e\n  extension:\n    v: {number}\n{entries}"
        )
        words = ["view", "-o", "yaml", "--kubeconfig", "k"]
        ours, theirs = kcfg(*words), ask(kubectl_path, ["config", *words], tmp_path, "numbers")
        return [
            (done.returncode == 0, yaml.load(without_empty_preferences(done.stdout), yaml.BaseLoader))
            for done in (ours, theirs)
        ]

    for entries in ("", *([f"    {number}: 1\n"] if len(number) < 1000 else [])):
        ours, theirs = viewed(entries)
        assert ours == theirs
