"""examples/environments: laptop, CI and prod from one spec, as its users run it."""

import json

import pytest
from conftest import EXAMPLES

SPEC = EXAMPLES / "environments"
TOKEN = {"KCFG_SHOP_DEPLOYER_TOKEN": "planted-deployer"}


def view(kubectl, file):
    done = kubectl("config", "view", "--kubeconfig", file, "-o", "json", "--raw")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def names(config, section):
    return [each["name"] for each in config[section]]


@pytest.fixture
def rendered(kcfg, kubectl, tmp_path):
    assert kcfg("trust", "-f", SPEC, "--yes").returncode == 0
    done = kcfg("render", "-f", SPEC, "--all-environments", "--out", tmp_path / "out", env=TOKEN)
    assert done.returncode == 0, done.stderr
    return {path.stem: view(kubectl, path) for path in (tmp_path / "out").iterdir()}


@pytest.mark.kubectl
def test_one_kubeconfig_each_with_what_it_selects(rendered):
    prod = ["prod-eu", "prod-us"]

    assert {name: names(config, "contexts") for name, config in rendered.items()} == {
        "laptop": ["dev-eu", "dev-us", *prod, "stage-eu"],
        "prod": prod,
        "ci": prod,
    }
    assert {name: names(config, "users") for name, config in rendered.items()} == {
        "laptop": ["deployer", "developer"],
        "prod": ["deployer"],
        "ci": ["deployer"],
    }
    assert {name: config["current-context"] for name, config in rendered.items()} == {
        "laptop": "dev-eu",
        "prod": "",
        "ci": "prod-eu",
    }


@pytest.mark.kubectl
def test_laptop_asks_the_keyring_and_ci_has_the_value(rendered):
    (laptop, _), (ci,) = rendered["laptop"]["users"], rendered["ci"]["users"]

    assert laptop["user"]["exec"]["args"] == ["--kind", "token", "--keyring", "kcfg/shop/deployer/token"]
    assert ci["user"] == {"token": "planted-deployer"}


@pytest.mark.kubectl
def test_a_patch_changes_only_its_environment(rendered):
    proxies = {
        name: {each["cluster"].get("proxy-url") for each in config["clusters"]} for name, config in rendered.items()
    }

    assert proxies == {
        "laptop": {None, "http://bastion.example.com:3128"},
        "ci": {None},
        "prod": {"http://bastion.example.com:3128"},
    }


def test_a_missing_value_in_ci_is_told_and_nothing_is_written(kcfg, tmp_path):
    kcfg("trust", "-f", SPEC, "--yes")
    done = kcfg("render", "-f", SPEC, "--all-environments", "--out", tmp_path / "out")

    assert done.returncode == 2
    assert "KCFG_SHOP_DEPLOYER_TOKEN" in done.stderr
    assert not (tmp_path / "out").exists()


def test_values_from_the_command_line(kcfg):
    done = kcfg("render", "-f", SPEC, "-e", "prod", "--set", "domain=example.org", "-o", "json")

    servers = {each["cluster"]["server"] for each in json.loads(done.stdout)["clusters"]}
    assert servers == {"https://prod-eu.example.org:6443", "https://prod-us.example.org:6443"}
