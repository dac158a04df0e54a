"""examples/fleet: what the README says of it."""

from conftest import EXAMPLES

from kcfg.spec.load import load_spec


def test_many_clusters_in_several_files_with_several_kinds_of_credentials():
    spec = load_spec(str(EXAMPLES / "fleet"))
    kinds = {field for each in spec.users.values() for field in each.entry.model_dump(by_alias=True, exclude_none=True)}

    assert len(spec.clusters) == 36
    assert len(spec.sources) > 1
    assert len(kinds & {"token", "tokenFile", "client-certificate", "client-key-data", "exec", "auth", "username"}) > 2
