"""Hundreds of polls in a few seconds: without what each client and each request would do again."""

import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme


@pytest.fixture(scope="module", autouse=True)
def _quick_clients(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    authority: Path = tmp_path_factory.mktemp("tls") / "authority.pem"
    trustme.CA().cert_pem.write_to_path(str(authority))
    with pytest.MonkeyPatch.context() as patch:
        # One authority that signed nothing loads faster than all the world's.
        patch.setenv("SSL_CERT_FILE", str(authority))
        if importlib.util.find_spec("sniffio") is None:
            # httpcore looks for it four times a request, and Python on the whole path each time.
            patch.setitem(sys.modules, "sniffio", None)
        yield
