"""Tests of course_utils.pretrained against a server on 127.0.0.1 with small stand-ins for fastai's
two archives. No test needs a network; the stand-ins have the members and the layout of the real
ones, a few kilobytes instead of 106 MB."""

import gzip
import hashlib
import io
import os
import pickle
import socket
import tarfile

import pytest
import torch
from fastai.text.all import AWD_LSTM, awd_lstm_lm_config, get_language_model
from servers import Silent, serving

from course_utils import archives, beam_search
from course_utils.fetch import DownloadError
from course_utils.pretrained import IMDB_SAMPLE, PURPOSE, WT103_FWD, Archive, wikitext_learner

CONFIG = {**awd_lstm_lm_config, "emb_sz": 6, "n_hid": 8, "n_layers": 2}
WORDS = [
    "xxunk",
    "xxpad",
    "xxbos",
    "xxeos",
    "xxfld",
    "xxrep",
    "xxwrep",
    "xxup",
    "xxmaj",
    "the",
    "was",
    "music",
    "wikipedia",
]
ROWS = [
    "negative,The music was slow and the music was long .,False",
    "positive,The music was a triumph .,True",
]
TABLE = "\n".join(["label,text,is_valid", *ROWS * 30]) + "\n"


def tgz(**members):
    """A .tgz file as bytes, without time stamps."""
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as tar:
        for name, body in members.items():
            info = tarfile.TarInfo(name.replace("__", "/").replace("_dot_", "."))
            info.size = len(body)
            tar.addfile(info, io.BytesIO(body))
    return gzip.compress(file.getvalue(), mtime=0)


def archive(url, body):
    return Archive(url, len(body), hashlib.md5(body[: 2**20]).hexdigest())


class Handler(Silent):
    def do_GET(self):
        server = self.server
        name = self.path.rpartition("/")[2]
        server.asked.append(name)
        body = server.files.get(name)
        if body is None:
            return self.send_error(404)
        self.send_response(200)
        if server.declares:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if server.mode == "truncates" else body)
        self.wfile.flush()
        if server.mode == "stalls":
            server.over.wait(60)


@pytest.fixture(scope="module")
def bodies():
    """The two stand-ins; the weights are those of a small network with known numbers."""
    torch.manual_seed(0)
    weights = io.BytesIO()
    torch.save(get_language_model(AWD_LSTM, len(WORDS), CONFIG).state_dict(), weights)
    return {
        "imdb_sample.tgz": tgz(imdb_sample__texts_dot_csv=TABLE.encode()),
        "wt103-fwd.tgz": tgz(
            **{
                "wt103-fwd__lstm_fwd_dot_pth": weights.getvalue(),
                "wt103-fwd__itos_wt103_dot_pkl": pickle.dumps(WORDS),
            }
        ),
    }


@pytest.fixture
def server(bodies, monkeypatch):
    monkeypatch.setattr(archives, "TIMEOUT", 0.5)
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.delenv("COURSE_OFFLINE", raising=False)
    state = {"files": dict(bodies), "asked": [], "mode": "good", "declares": True}
    with serving(Handler, **state) as server:
        server.archives = {
            key: archive(f"{server.url}any/folder/{name}", bodies[name])
            for key, name in (("imdb", "imdb_sample.tgz"), ("weights", "wt103-fwd.tgz"))
        }
        yield server


def assert_fails(folder, reason, **archives):
    """One DownloadError of one line, and nothing half done that a later call would take for
    whole."""
    with pytest.raises(DownloadError) as caught:
        wikitext_learner(folder=folder, config=CONFIG, **archives)
    message = str(caught.value)
    assert (
        reason in message
        and "\n" not in message
        and message.startswith("No pre-trained model: could not fetch http")
    ), message
    assert not folder.is_dir() or {path.name for path in folder.iterdir()} <= {"imdb_sample"}


def test_the_defaults_are_fastais():
    assert IMDB_SAMPLE.url.endswith("/imdb_sample.tgz") and WT103_FWD.url.endswith("/wt103-fwd.tgz")
    from fastai.data import download_checks

    with open(download_checks.__file__, encoding="utf-8") as file:
        published = eval(file.read())  # a dictionary: fastai keeps it so
    assert published[IMDB_SAMPLE.url] == (IMDB_SAMPLE.size, IMDB_SAMPLE.md5)


def test_the_learner_writes_and_knows_the_pretrained_words(server, tmp_path):
    learn = wikitext_learner(folder=tmp_path / "new", config=CONFIG, **server.archives)
    vocab = list(learn.dls.vocab)
    embedding = learn.model[0].encoder.weight
    theirs = torch.load(tmp_path / "new" / "wt103-fwd" / "lstm_fwd.pth", weights_only=True)[
        "0.encoder.weight"
    ]
    for word in ("the", "music", "xxbos"):
        assert torch.equal(embedding[vocab.index(word)].cpu(), theirs[WORDS.index(word)]), word
    torch.testing.assert_close(
        embedding[vocab.index("triumph")].cpu(), theirs.mean(0)
    )  # a word that the weights have not seen
    assert "wikipedia" not in vocab and learn.model[1].decoder.weight is embedding
    text = beam_search(learn, "The music", 5, top_k=5, beam_sz=10, seed=0)
    assert text.startswith("The music") and text.count("The music") == 1

    asked = list(server.asked)
    wikitext_learner(folder=tmp_path / "new", config=CONFIG, **server.archives)
    assert (
        asked == server.asked == ["imdb_sample.tgz", "wt103-fwd.tgz"]
    )  # once, the small one first
    assert {path.name for path in (tmp_path / "new").iterdir()} == {"imdb_sample", "wt103-fwd"}


@pytest.mark.parametrize("name", ["imdb_sample.tgz", "wt103-fwd.tgz"])
@pytest.mark.parametrize("declares", [True, False])
def test_truncated(server, tmp_path, name, declares):
    server.declares = declares
    if name == "wt103-fwd.tgz":  # the small one is there already
        archives.unpacked(server.archives["imdb"], tmp_path, PURPOSE)
    server.mode = "truncates"
    assert_fails(tmp_path, name, **server.archives)


def test_not_found(server, tmp_path):
    del server.files["wt103-fwd.tgz"]
    assert_fails(tmp_path, "wt103-fwd.tgz: HTTP 404", **server.archives)


def test_wrong_sum_and_wrong_size(server, tmp_path):
    right = server.archives["imdb"]
    for wrong in (right._replace(md5="0" * 32), right._replace(size=right.size + 1)):
        assert_fails(
            tmp_path,
            f"got {right.size} bytes, md5 {right.md5}, instead of",
            **{**server.archives, "imdb": wrong},
        )


def damaged(body):
    return body[:-8] + bytes(4) + body[-4:]  # gzip's own checksum


@pytest.mark.parametrize(
    "body",
    [
        damaged(tgz(imdb_sample__texts_dot_csv=TABLE.encode())),
        b"<html>Please log in</html>",
        gzip.compress(b"no archive" * 99),
        tgz(elsewhere__texts_dot_csv=b""),
    ],
    ids=["checksum", "login", "tar", "member"],
)
def test_damaged_behind_the_sum(server, tmp_path, body):
    server.files["imdb_sample.tgz"] = body
    assert_fails(
        tmp_path,
        "imdb_sample.tgz",
        **{**server.archives, "imdb": archive(server.archives["imdb"].url, body)},
    )
    assert not tmp_path.is_dir() or not list(tmp_path.iterdir())


def test_stalls(server, tmp_path):
    server.mode = "stalls"
    server.files["imdb_sample.tgz"] = server.files["imdb_sample.tgz"][:-1]
    server.declares = False
    assert_fails(tmp_path, "imdb_sample.tgz", **server.archives)


def test_offline(server, tmp_path, monkeypatch):
    with socket.socket() as bound:  # bound, never listening: connections are refused
        bound.bind(("127.0.0.1", 0))
        closed = server.archives["imdb"]._replace(
            url=f"http://127.0.0.1:{bound.getsockname()[1]}/imdb_sample.tgz"
        )
        assert_fails(
            tmp_path,
            "timed out" if os.name == "nt" else "efused",
            imdb=closed,
            weights=server.archives["weights"],
        )
    monkeypatch.setenv("COURSE_OFFLINE", "1")
    assert_fails(tmp_path, "COURSE_OFFLINE", **server.archives)
    assert server.asked == []


def test_a_folder_that_cannot_be_written(server, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError, match="imdb_sample.tgz"):
        wikitext_learner(folder=tmp_path / "file" / "below", config=CONFIG, **server.archives)


def test_a_fault_of_the_folder_is_not_blamed_on_the_network(server, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DownloadError) as caught:
        wikitext_learner(folder=tmp_path / "file" / "below", config=CONFIG, **server.archives)
    message = str(caught.value)
    assert message.startswith("No pre-trained model: could not store http")
    assert "COURSE_CACHE" in message and "network" not in message
    assert server.asked == []  # the folder is tried first


def test_a_file_in_the_place_of_a_folder(server, tmp_path):
    (tmp_path / "imdb_sample").touch()
    with pytest.raises(DownloadError, match="could not store .*COURSE_CACHE"):
        wikitext_learner(folder=tmp_path, config=CONFIG, **server.archives)


@pytest.mark.parametrize(
    "folder, name", [("imdb_sample", ".csv"), ("wt103-fwd", ".pth"), ("wt103-fwd", ".pkl")]
)
def test_an_unpacked_folder_that_lacks_a_file(server, tmp_path, folder, name):
    wikitext_learner(folder=tmp_path, config=CONFIG, **server.archives)
    next((tmp_path / folder).glob(f"*{name}")).unlink()
    with pytest.raises(DownloadError) as caught:
        wikitext_learner(folder=tmp_path, config=CONFIG, **server.archives)
    message = str(caught.value)
    assert f"{tmp_path / folder} holds 0 files *{name} instead of one. Delete the folder" in message


class Malice:
    def __reduce__(self):
        return (print, ("this must never be said",))


@pytest.mark.parametrize("name", ["lstm_fwd.pth", "itos_wt103.pkl"])
def test_a_pickle_that_would_run_code_is_refused(server, tmp_path, capsys, name):
    wikitext_learner(folder=tmp_path, config=CONFIG, **server.archives)
    if name.endswith(".pth"):
        torch.save({"0.encoder.weight": Malice()}, tmp_path / "wt103-fwd" / name)
    else:
        (tmp_path / "wt103-fwd" / name).write_bytes(pickle.dumps([*WORDS, Malice()]))
    capsys.readouterr()
    with pytest.raises(DownloadError, match="is not loaded, because it holds more"):
        wikitext_learner(folder=tmp_path, config=CONFIG, **server.archives)
    assert "never be said" not in capsys.readouterr().out


def test_the_default_folder_is_that_of_all_data(server, tmp_path, monkeypatch):
    monkeypatch.setenv("COURSE_CACHE", str(tmp_path / "cache"))
    wikitext_learner(config=CONFIG, **server.archives)
    assert (tmp_path / "cache" / "wt103-fwd" / "lstm_fwd.pth").is_file()
