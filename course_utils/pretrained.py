"""The English model that the reference course asked for a text: AWD-LSTM, trained on WikiText-103, with the words of IMDB_SAMPLE.
fastai has no checksum for these weights and ends in a traceback without a network; here each fault is one sentence."""

import gzip
import hashlib
import os
import tarfile
import tempfile
import zlib
from pathlib import Path
from typing import NamedTuple

import pooch
from fastai.text.all import AWD_LSTM, LMLearner, TextDataLoaders, URLs, language_model_learner

from course_utils.fetch import DownloadError, _reason, data_folder

TIMEOUT = 5  # seconds of silence: without a network a notebook shall go on soon


class Archive(NamedTuple):
    url: str
    size: int
    md5: str  # md5 of the first 2**20 bytes, as fastai publishes it


IMDB_SAMPLE = Archive(URLs.IMDB_SAMPLE, 571_827, "0842e61a9867caa2e6fbdb14fa703d61")
WT103_FWD = Archive(URLs.WT103_FWD, 105_067_061, "7d1114cd9684bf9d1ca3c9f6a54da6f9")


def _unpacked(archive: Archive, folder: Path) -> Path:
    """The folder that `archive` holds, in `folder`: from an earlier call, or fetched, checked and moved there in one step."""
    target = folder / archive.url.rpartition("/")[2].removesuffix(".tgz")
    if target.is_dir():
        return target
    try:
        if os.environ.get("COURSE_OFFLINE"):
            raise ValueError("the environment variable COURSE_OFFLINE forbids it")
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as scratch:
            path = Path(scratch, "archive.tgz")
            pooch.HTTPDownloader(progressbar=True, timeout=TIMEOUT)(archive.url, path, None)
            with path.open("rb") as file:
                found = Archive(
                    archive.url, path.stat().st_size, hashlib.md5(file.read(2**20)).hexdigest()
                )
            if found != archive:
                raise ValueError(
                    f"got {found.size} bytes, md5 {found.md5}, instead of {archive.size}, md5 {archive.md5}"
                )
            with gzip.open(path) as file, tarfile.open(fileobj=file, mode="r:") as tar:
                tar.extractall(scratch, filter="data")
                while file.read(2**20):  # to the end, where gzip keeps the checksum of all
                    pass
            return Path(scratch, target.name).replace(target)
    except (OSError, EOFError, ValueError, zlib.error, tarfile.TarError) as error:
        raise DownloadError(
            f"No pre-trained model: could not fetch {archive.url}: {_reason(error)}. Run this again with a network."
        ) from error


def wikitext_learner(
    imdb: Archive = IMDB_SAMPLE,
    weights: Archive = WT103_FWD,
    folder: str | Path | None = None,
    config: dict | None = None,
) -> LMLearner:
    """A fastai Learner over the language model of Howard & Ruder (2018), with the vocabulary of film reviews (Maas et al. 2011).
    Fetches 106 MB into `folder`, once; by default into `data_folder()`. `config`: as in `language_model_learner`.

    fastai loads weights and vocabulary with pickle, which can run any code (fastai#4163); the sums reveal damage, not malice.
    Raises DownloadError if a file is neither there nor fetched whole, or if COURSE_OFFLINE is set."""
    texts, model = (
        _unpacked(archive, Path(folder or data_folder()).absolute()) for archive in (imdb, weights)
    )  # the small one first
    dls = TextDataLoaders.from_csv(
        texts, "texts.csv", delimiter=",", text_col="text", valid_col="is_valid", is_lm=True
    )
    names = [next(model.glob(f"*.{ending}")).with_suffix("") for ending in ("pth", "pkl")]
    return language_model_learner(dls, AWD_LSTM, config=config, pretrained_fnames=names)
