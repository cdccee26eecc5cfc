"""docs/updating.md and updating.zh.md use the words of Anki's real dialog, and are linked."""

from __future__ import annotations

from pathlib import Path

import anki.lang
import pytest
from anki.collection import Collection
from desk import ROOT

PAGES = {"en": ROOT / "docs" / "updating.md", "zh-CN": ROOT / "docs" / "updating.zh.md"}
OPTIONS = (
    "importing_include_reviews",
    "importing_with_deck_configs",
    "importing_merge_notetypes",
    "importing_update_notes",
    "importing_update_notetypes",
    "importing_update_if_newer",
    "importing_update_always",
)


@pytest.mark.parametrize("language", PAGES)
def test_the_page_names_every_option_as_anki_s_dialog_does(language, tmp_path: Path):
    anki.lang.set_lang(language)
    try:
        collection = Collection(str(tmp_path / "collection.anki2"))
        page = PAGES[language].read_text("utf-8")
        words = [getattr(collection.tr, option)() for option in OPTIONS]
        words.append(collection.tr.qt_misc_empty_cards().rstrip(".…"))
        collection.close()
        assert [word for word in words if word not in page] == []
    finally:
        anki.lang.set_lang("en")


def test_anki_s_defaults_are_those_that_the_page_recommends(collection: Collection):
    options = collection._backend.get_import_anki_package_presets()
    assert not options.merge_notetypes and not options.with_scheduling and not options.with_deck_configs
    assert options.update_notes == options.update_notetypes == 0  # if newer


def test_both_pages_are_linked_from_the_readme():
    readme = (ROOT / "README.md").read_text("utf-8")
    assert "docs/updating.md" in readme and "docs/updating.zh.md" in readme
