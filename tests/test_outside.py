"""One package of a team's own that adds a store, a target and a rule; and packages beside kcfg that are broken."""

import os

import yaml


def test_one_package_adds_a_store_a_target_and_a_rule(outside):
    outside.install()
    outside.run("trust", "--yes")
    text = (outside.repo / "kcfg.yaml").read_text()
    (outside.repo / "kcfg.yaml").write_text(text.replace("dev.example.com", "dev.example.net"))
    outside.run("trust", "--yes")

    found = yaml.safe_load(outside.run("render", "--to", "team-hub", "--credentials", "inline"))
    (user,) = yaml.safe_load(found["stringData"]["kubeconfig"])["users"]
    assert user["user"]["token"] == "stored-secret"
    assert "clusters[0].server: the server is none of ours [ACME001]" in outside.run("lint")


def test_entry_points_that_cannot_be_read_end_no_command(outside):
    """pydantic would read those of every package; a program that kcfg runs finds its environment as it was."""
    folder = f"{outside.packages}/broken-1.0.dist-info"
    os.makedirs(folder)
    with open(f"{folder}/entry_points.txt", "wb") as file:
        file.write(b"[pydantic]\nno sign\n\xff\n")
    outside.install()
    outside.add("pydantic", "evil", "team_evil", "open('ran', 'w')")
    matrix = '{"forEach": [{"name": "a"}], "cluster": {"name": "{name}", "server": "https://a.example.com"}}'
    text = (outside.repo / "kcfg.yaml").read_text()
    (outside.repo / "kcfg.yaml").write_text(f'{text[:-1]}, "generate": [{matrix}]}}')

    assert "valid" in outside.run("validate")
    outside.run("explain", "clusters")
    outside.run("schema")
    assert not (outside.repo / "ran").exists()
    outside.run("trust", "--yes")
    assert "PYDANTIC" not in outside.run("exec", "-f", ".", "dev", "--", "env")
    outside.env["PYDANTIC_DISABLE_PLUGINS"] = "mine"
    assert "PYDANTIC_DISABLE_PLUGINS=mine" in outside.run("exec", "-f", ".", "dev", "--", "env")
