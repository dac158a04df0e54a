"""What kcfg signs itself, for the door of `kcfg shell --read-only`: taken by the strictest of today's clients."""

import ssl

from kcfg.x509 import make_authority, make_server


def test_a_client_that_is_as_strict_as_python_313_takes_them(tmp_path):
    """Its default (VERIFY_X509_STRICT) asks for key identifiers and key usage, which Go does not."""
    authority = make_authority("own")
    (tmp_path / "pair.pem").write_bytes(b"".join(make_server("127.0.0.1", authority)))
    asking, answering = (
        ssl.create_default_context(cadata=authority[0].decode()),
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER),
    )
    asking.verify_flags |= ssl.VERIFY_X509_STRICT
    answering.load_cert_chain(tmp_path / "pair.pem")
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = asking.wrap_bio(back, there, server_hostname="127.0.0.1")
    server = answering.wrap_bio(there, back, server_side=True)
    for side in (client, server, client, server):
        try:
            side.do_handshake()
        except ssl.SSLWantReadError:
            continue

    assert client.getpeercert()["subjectAltName"] == (("IP Address", "127.0.0.1"),)
