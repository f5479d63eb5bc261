"""Downloads that survive a bad connection, and one clear error for each that fails.
Behind a company's proxy the fault lies in a variable, not in the network: the message names it."""

import gzip
import os
import re
import tarfile
import time
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import requests
from tqdm import tqdm

TIMEOUT = 30  # seconds of silence: while connecting, or between two reads
RETRIES = 3  # in a row, without a new byte between them
CHUNK = 1 << 16  # bytes: the most that a break costs, as the chunk it falls into is asked for again

CERTIFICATES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")  # in the order in which requests reads them
UNREAD = ("SSL_CERT_FILE", "SSL_CERT_DIR")  # other programs read these, requests does not


class DownloadError(OSError):
    """A download that failed for good. The message names the address, what went wrong and the way
    out."""


class Purpose(NamedTuple):
    """How an error message begins, and what to do once the cause is mended."""

    begin: str
    retry: str


def stream(url: str, size: int) -> Iterator[bytes]:
    """Yield the `size` bytes at `url` in order; a connection that breaks or stalls is taken up
    where it stopped.

    Raises `requests.RequestException` after `RETRIES` breaks without a new byte, `ValueError` if
    the address has another size."""
    done = failures = 0
    with tqdm(total=size, unit="B", unit_scale=True, desc=url.rpartition("/")[2]) as bar:
        while done < size:
            try:
                for new in _rest(url, size, done):
                    done += len(new)
                    failures = 0
                    bar.update(len(new))
                    yield new
                _check_end(done, size)
            except requests.RequestException:
                failures += 1
                if failures > RETRIES:
                    raise
                time.sleep(failures)


def _rest(url: str, size: int, start: int) -> Iterator[bytes]:
    """Yield what one request brings of the bytes from `start` on."""
    asked = {"Range": f"bytes={start}-", "Accept-Encoding": "identity"}
    with requests.get(url, headers=asked, stream=True, timeout=TIMEOUT) as reply:
        reply.raise_for_status()
        _check_size(reply, size, start)
        # 206: the range we asked for; else the server ignores ranges and starts again at 0
        skip = 0 if reply.status_code == 206 else start
        for chunk in reply.iter_content(CHUNK):
            new = chunk[skip:]
            skip -= len(chunk) - len(new)
            if new:
                yield new


def _check_size(reply: requests.Response, size: int, start: int) -> None:
    """The size that the reply declares, if it does, and the place where it goes on."""
    if reply.status_code == 206:
        declared = reply.headers.get("Content-Range", "*")
        begins = re.match(r"bytes (\d+)-", declared)
        if begins and int(begins[1]) != start:
            raise ValueError(f"it goes on at byte {begins[1]} where {start} was asked for")
    else:
        declared = reply.headers.get("Content-Length", "*")
    total = declared.split("/")[-1]
    if total not in ("*", str(size)):
        raise ValueError(f"it has {total} bytes where {size} were expected")


def _check_end(done: int, size: int) -> None:
    if done > size:
        raise ValueError(f"it has more than the {size} bytes that were expected")
    if done < size:
        raise requests.ConnectionError(f"the connection ended after {done} of {size} bytes")


@contextmanager
def one_clear_error(url: str, folder: Path, purpose: Purpose) -> Iterator[None]:
    """Turn whatever stops the way from `url` into `folder` into a DownloadError."""
    try:
        yield
    except (OSError, EOFError, ValueError, zlib.error, tarfile.TarError) as error:
        begin, retry = purpose
        advice = _advice(error, url)
        if advice:
            what = f"{begin} fetch {url}"
        else:
            what = f"{begin} store {url} in {folder}"
            advice = (
                "Set the environment variable COURSE_CACHE to a folder with write rights and room"
            )
        raise DownloadError(f"{what}: {reason(error)}. {advice}, then {retry}.") from error


def _advice(error: Exception, url: str) -> str:
    """What a reader can change about the way to `url`; '' if the fault lies in the folder."""
    untrusted = isinstance(error, requests.exceptions.SSLError)
    if untrusted or "CA certificate bundle" in str(error):
        return _about_certificates()
    fetched = isinstance(error, requests.RequestException | gzip.BadGzipFile)
    if isinstance(error, OSError) and not fetched:
        return ""
    return _about_proxies(error, url) or "Check the network"


def _about_certificates() -> str:
    """Which variable names the certificates, or should."""
    for name in CERTIFICATES:
        if os.environ.get(name):
            return (
                f"The environment variable {name} is {os.environ[name]}: correct it to the file "
                "of certificates (PEM) that your network uses, or unset it"
            )
    unread = [name for name in UNREAD if os.environ.get(name)]
    hint = f" ({' and '.join(unread)} is not read here)" if unread else ""
    return (
        "A proxy or virus scanner may open the connection: set the environment variable "
        f"REQUESTS_CA_BUNDLE to the file of its certificates (PEM){hint}"
    )


def _about_proxies(error: Exception, url: str) -> str:
    """Which proxy stands in the way, without its password; '' if none does."""
    answered = isinstance(error, requests.HTTPError) and error.response.status_code != 407
    if answered or not isinstance(error, requests.RequestException):
        return ""
    scheme = url.partition(":")[0]
    for name in (f"{scheme}_proxy", "all_proxy"):
        for variable in (name, name.upper()):
            proxy = os.environ.get(variable)
            if proxy and not requests.utils.should_bypass_proxies(url, no_proxy=None):
                shown = re.sub(r"[^/]*@", "…@", proxy)
                return (
                    f"The way leads through the proxy {shown}, which the environment variable "
                    f"{variable} names: correct or unset it, and check the network"
                )
    if isinstance(error, requests.exceptions.ProxyError):
        return "Check the proxy in the system's settings"
    return ""


def reason(error: BaseException) -> str:
    """What went wrong in the words of the innermost error, which the outer ones wrap in names of
    classes."""
    if isinstance(error, requests.HTTPError):
        return f"HTTP {error.response.status_code} {error.response.reason}"
    inner = _wrapped(error)
    while inner:
        error = inner
        inner = _wrapped(error)
    return getattr(error, "strerror", None) or str(error).partition(". ")[0]


def _wrapped(error: BaseException) -> BaseException | None:
    """The error that this one was raised from; none if it was raised `from None`."""
    return error.__cause__ or (None if error.__suppress_context__ else error.__context__)
