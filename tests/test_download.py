"""Tests of course_utils.download: which sentence a failed download ends in. Behind a company's
proxy the network works for everybody else, so the sentence has to name the variable."""

import socket
import ssl
import tarfile
import zlib

import pytest
import requests
from servers import Silent, serving

from course_utils import download
from course_utils.download import CERTIFICATES, UNREAD, DownloadError, Purpose, one_clear_error
from course_utils.fetch import fetch_gnad

PURPOSE = Purpose("Could not", "run it again")
VERIFY = (
    "[SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed: "
    "unable to get local issuer certificate (_ssl.c:1006)"
)
PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def plain_network(monkeypatch):
    """No variable of this machine, no pauses between retries."""
    for name in (*CERTIFICATES, *UNREAD, *PROXIES):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    monkeypatch.setattr("time.sleep", lambda seconds: None)


def message_of(error, folder="folder", url="https://example.org/file"):
    """What one_clear_error makes of an error."""
    with pytest.raises(DownloadError) as caught, one_clear_error(url, folder, PURPOSE):
        raise error
    message = str(caught.value)
    assert "\n" not in message and message.endswith(", then run it again."), message
    return message


def of_requests(kind, inner):
    """An error as requests raises it, with the cause inside."""
    try:
        try:
            raise inner
        except Exception as cause:
            raise kind("HTTPSConnectionPool(host='example.org'): Max retries exceeded") from cause
    except requests.RequestException as error:
        return error


# --- Certificates ---------------------------------------------------------------------------------


def untrusted():
    return of_requests(requests.exceptions.SSLError, ssl.SSLCertVerificationError(1, VERIFY))


def test_a_certificate_that_nobody_named():
    message = message_of(untrusted())
    assert message.startswith(f"Could not fetch https://example.org/file: {VERIFY}. ")
    assert "set the environment variable REQUESTS_CA_BUNDLE" in message
    assert "network" not in message and "COURSE_CACHE" not in message and "SSL_" not in message


@pytest.mark.parametrize("name", UNREAD)
def test_a_certificate_named_where_requests_does_not_look(monkeypatch, name):
    monkeypatch.setenv(name, "/etc/company.pem")
    message = message_of(untrusted())
    assert "set the environment variable REQUESTS_CA_BUNDLE to the file of its certificates " in (
        message
    )
    assert f"({name} is not read here)" in message


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_named_certificate_that_does_not_fit(monkeypatch, name):
    monkeypatch.setenv(name, "/etc/other.pem")
    assert f"variable {name} is /etc/other.pem: correct it" in message_of(untrusted())


@pytest.mark.parametrize("name", CERTIFICATES)
def test_a_named_certificate_that_is_missing(monkeypatch, tmp_path, name):
    missing = str(tmp_path / "company.pem")
    monkeypatch.setenv(name, missing)
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(DownloadError) as caught:
        fetch_gnad(tmp_path / "data", "https://localhost:1/")
    message = str(caught.value)
    assert message.startswith("Could not fetch https://localhost:1/train.csv: Could not find")
    assert f"The environment variable {name} is {missing}: correct it" in message
    assert "COURSE_CACHE" not in message and "the network," not in message


@pytest.fixture
def port():
    """A server that speaks, but not TLS."""
    with serving(Silent) as server:
        yield server.server_port


def test_a_named_certificate_that_is_none(monkeypatch, tmp_path, port):
    bundle = tmp_path / "company.pem"
    bundle.write_text("no certificate", encoding="utf-8")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    monkeypatch.setenv("NO_PROXY", "*")
    with pytest.raises(DownloadError) as caught:
        fetch_gnad(tmp_path / "data", f"https://127.0.0.1:{port}/")
    assert f"The environment variable REQUESTS_CA_BUNDLE is {bundle}: correct it" in str(
        caught.value
    )


# --- Proxies --------------------------------------------------------------------------------------


@pytest.fixture
def closed_port():
    """A port that refuses connections: bound, so nobody else gets it, but never listening."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield bound.getsockname()[1]


@pytest.mark.parametrize("name", ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"])
def test_a_proxy_that_does_not_answer_is_named_without_its_password(
    monkeypatch, tmp_path, closed_port, name
):
    monkeypatch.setenv(name, f"http://me:secret@127.0.0.1:{closed_port}")
    with pytest.raises(DownloadError) as caught:
        fetch_gnad(tmp_path, "http://course.invalid/")
    message = str(caught.value)
    assert message.startswith("Could not fetch http://course.invalid/train.csv: ")
    assert f"the proxy http://…@127.0.0.1:{closed_port}, which the environment" in message
    assert name in message or name.lower() in message.lower()
    assert "secret" not in message and "COURSE_CACHE" not in message


@pytest.mark.parametrize("value", ["me:secret@proxy:80", "http://me:a/b@proxy:80", "proxy:80"])
def test_passwords_stay_out_of_the_message(monkeypatch, value):
    monkeypatch.setenv("https_proxy", value)
    message = message_of(of_requests(requests.exceptions.ProxyError, OSError("refused")))
    assert "proxy:80, which the environment variable https_proxy names" in message
    assert "secret" not in message and "b@" not in message


def test_a_proxy_that_wants_a_password(monkeypatch):
    reply = requests.Response()
    reply.status_code = 407
    reply.reason = "Proxy Authentication Required"
    monkeypatch.setenv("https_proxy", "http://proxy:80")
    message = message_of(requests.HTTPError(response=reply))
    assert "HTTP 407 Proxy Authentication Required. The way leads through the proxy" in message


def test_a_proxy_is_not_blamed_for_what_the_server_answers(monkeypatch):
    reply = requests.Response()
    reply.status_code = 404
    reply.reason = "Not Found"
    monkeypatch.setenv("https_proxy", "http://proxy:80")
    assert "HTTP 404 Not Found. Check the network" in message_of(requests.HTTPError(response=reply))


def test_a_proxy_that_is_bypassed_is_not_named(monkeypatch):
    monkeypatch.setenv("https_proxy", "http://proxy:80")
    monkeypatch.setenv("no_proxy", "example.org")
    error = of_requests(requests.ConnectionError, OSError(111, "Connection refused"))
    assert "Connection refused. Check the network, then" in message_of(error)


def test_a_proxy_of_the_system():
    error = of_requests(requests.exceptions.ProxyError, OSError(111, "Connection refused"))
    assert "Check the proxy in the system's settings" in message_of(error)


# --- Everything else ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError("gone"),
        requests.Timeout("timed out"),
        ValueError("another size"),
        EOFError("half"),
        zlib.error("Error -3"),
        tarfile.ReadError("no archive"),
        download.gzip.BadGzipFile("CRC check failed"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_came_wrong_is_not_a_fault_of_the_folder(error):
    assert message_of(error).startswith("Could not fetch https://example.org/file: ")


@pytest.mark.parametrize("error", [PermissionError(13, "Permission denied"), OSError(28, "full")])
def test_a_fault_of_the_folder_is_not_blamed_on_the_network(error):
    message = message_of(error, "some/folder")
    assert message.startswith("Could not store https://example.org/file in some/folder: ")
    assert "COURSE_CACHE" in message and "network" not in message


def test_a_reply_that_goes_on_elsewhere_is_refused():
    reply = requests.Response()
    reply.status_code = 206
    reply.headers["Content-Range"] = "bytes 50-99/100"
    download._check_size(reply, 100, 50)
    with pytest.raises(ValueError, match="goes on at byte 50 where 40 was asked for"):
        download._check_size(reply, 100, 40)
