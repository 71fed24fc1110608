import pytest

from corpus import marked

FILES = {
    "a.txt": "# a-1 | industry: driving school B2C | voice: asr | setting: call\ncustomer: hi\n\n"
    "# a-2 | industry: bakeries | voice: asr | setting: call\ncustomer: hello\n",
    "val_a.txt": "# v-1 | industry: Driving schools | voice: asr | setting: call\ncustomer: [[question:pricing|how much]]\n",
}


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(marked, "CORPUS", tmp_path)


def test_training_leaves_out_the_industries_of_validation(folder):
    assert [row["id"] for row in marked.read_all()] == ["a-2#0"]


def test_validation_is_read_whole(folder):
    (row,) = marked.read_all(validation=True)
    assert row["marks"] == [{"kind": "question", "start": 0, "end": 8, "label": "pricing"}]
