"""Whom to trust: the stand-in, for a run, beside everyone that certifi trusts."""

from __future__ import annotations

import os
from pathlib import Path

import certifi
import trustme

__all__ = ["issue", "trusting"]

#: What would make one machine's figures differ from another's: other certificates, proxies.
_UNSET = ("SSL_CERT_DIR", "CURL_CA_BUNDLE")


def issue(folder: Path) -> tuple[Path, Path]:
    """Make the stand-in's certificate, and a bundle with which it is trusted.

    The bundle has all of certifi's certificates too: a small one would be read in no time, and
    what a TLS context costs is the reading.
    """
    authority = trustme.CA()
    certificate, bundle = folder / "stand_in.pem", folder / "bundle.pem"
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(certificate)
    bundle.write_bytes(Path(certifi.where()).read_bytes() + authority.cert_pem.bytes())
    return certificate, bundle


def trusting(bundle: Path) -> dict[str, str]:
    """The environment of a process that trusts `bundle`, by whatever library."""
    proxies = {name for name in os.environ if name.lower().endswith("_proxy")}
    kept = {k: v for k, v in os.environ.items() if k not in _UNSET and k not in proxies}
    return {**kept, "SSL_CERT_FILE": str(bundle), "REQUESTS_CA_BUNDLE": str(bundle)}
