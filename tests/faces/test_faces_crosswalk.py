"""Crosswalks: only what two parties say is agreed, gaps are drawn, and OSCAL is valid by NIST's schema."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from detente.faces import crosswalks
from detente.faces.cli import main
from detente.faces.cli.showing import Record
from detente.trust.errors import Contradiction, Malformed

SCHEMA = Path(__file__).parents[3] / "shared" / "vectors" / "oscal" / "oscal_mapping_schema.json"
CBRN = {"source": "tc260_2_0", "source_item": "3.2.3/cbrn", "target": "nist_ai_600_1", "target_item": "cbrn"}
PLAIN = {"matching": "semantic", "sureness": "medium", "status": "complete", "adopts": None, "replaces": None}
WHY = {"rationale": ["Both speak of weapons.", "两者均涉及武器。"]}


def said(name: str, party: str, **fields: Any) -> Record:  # noqa: ANN401  # fields of a record
    opened = CBRN | PLAIN | {"relation": "intersects_with"} | fields
    return Record(open=opened, id=name * 32, party=party, kind="assurance.crosswalk", values=WHY)


FIRST = said("01", "us")
ADOPTED = said("02", "cn", adopts="01" * 32)
GAP = said("03", "cn", source_item="5.11", target_item="human-ai-configuration", relation="no_relationship")
GAP_ADOPTED = said("04", "us", **GAP.open | {"adopts": "03" * 32})
ALONE = said("05", "us", source_item="3.1.1/bias", target_item="harmful-bias", relation="subset_of")
ALL = (FIRST, ADOPTED, GAP, GAP_ADOPTED, ALONE)


def test_only_what_a_second_party_says_too_is_agreed() -> None:
    found = crosswalks.covered(crosswalks.relations(ALL), "tc260_2_0", "nist_ai_600_1")
    assert (found.mapped, found.gaps, found.open) == (("3.2.3/cbrn",), ("5.11",), ("3.1.1/bias",))
    assert len(found.unspoken) == 23
    back = crosswalks.covered(crosswalks.relations(ALL), "nist_ai_600_1", "tc260_2_0")
    assert (back.mapped, back.gaps) == (("cbrn",), ("human-ai-configuration",))


def test_what_was_replaced_or_never_stood_is_not_counted() -> None:
    replaced = said("06", "us", relation="equal_to", replaces="01" * 32)
    assert [one.record for one in crosswalks.relations((FIRST, replaced))] == ["06" * 32]
    fallen = Record(open=FIRST.open, id="07" * 32, stands=False)
    assert crosswalks.relations((fallen,)) == ()


def test_two_agreed_relations_of_one_pair_are_a_contradiction() -> None:
    other = said("08", "cn", relation="equal_to")
    with pytest.raises(Contradiction) as raised:
        crosswalks.relations((FIRST, ADOPTED, other, said("09", "us", relation="equal_to", adopts="08" * 32)))
    assert raised.value.step == "crosswalk.2"


@pytest.mark.parametrize("fields", [{"source_item": "9.9"}, {"relation": "banana"}, {"source": "mine"}])
def test_an_item_or_a_relation_that_does_not_exist_is_refused(fields: dict[str, str]) -> None:
    with pytest.raises(Malformed) as raised:
        crosswalks.relations((said("0a", "us", **fields),))
    assert raised.value.step == "crosswalk.1"


def validator() -> Draft7Validator:
    """NIST's schema, with its letters and digits of any script as Python's expressions spell them."""
    text = SCHEMA.read_text(encoding="utf-8").replace(r"\\p{L}", r"[^\\W\\d_]").replace(r"\\p{N}", r"\\d")
    return Draft7Validator(json.loads(re.sub(r'"\$id"\s*:\s*"#[^"]*",', "", text)))


@pytest.mark.skipif(not SCHEMA.is_file(), reason="NIST's schemas stand in ../shared/vectors/oscal")
def test_the_export_is_valid_by_nists_schema() -> None:
    value = json.loads(json.dumps(crosswalks.oscal(crosswalks.relations(ALL), 1_804_000_000_000)))
    errors = [f"{list(one.absolute_path)}: {one.message[:200]}" for one in validator().iter_errors(value)]
    assert errors == []
    del value["mapping-collection"]["metadata"]["version"]
    assert list(validator().iter_errors(value))


def test_the_export_points_only_at_what_it_holds_and_names_both_signatures() -> None:
    whole = crosswalks.oscal(crosswalks.relations(ALL), 1_804_000_000_000)["mapping-collection"]
    resources = {f"#{one['uuid']}" for one in whole["back-matter"]["resources"]}
    for mapping in whole["mappings"]:
        assert {mapping["source-resource"]["href"], mapping["target-resource"]["href"]} <= resources
    first = whole["mappings"][0]["maps"][0]
    props = {one["name"]: one["value"] for one in first["props"]}
    assert props == {"record": "01" * 32, "author": "us", "adoption": "02" * 32, "adopted-by": "cn"}
    assert (first["relationship"], first["remarks"]) == (
        "intersects-with",
        "Both speak of weapons.\n\n两者均涉及武器。",
    )
    unmapped = whole["mappings"][0]["source-gap-summary"]["unmapped-controls"][0]["with-ids"]
    assert "_5.11" in unmapped
    assert "_3.2.3_cbrn" not in unmapped
    uuids = re.findall(r"'uuid': '([^']+)'", str(whole))
    assert len(uuids) == len(set(uuids))


def test_coverage_is_told_and_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = []
    for one in ALL:
        files.append(str(tmp_path / one.id[:2]))
        Path(files[-1]).write_text(
            json.dumps({name: getattr(one, name) for name in Record.__struct_fields__})
        )
    assert main(["crosswalk", "coverage", *files, "--page", str(tmp_path / "page.html"), "--lang", "zh"]) == 0
    assert "议定无对应" in capsys.readouterr().out
    page = (tmp_path / "page.html").read_text()
    assert 'class="gap" style="flex:1" title="5.11"' in page
    assert main(["crosswalk", "export", *files]) == 0
    assert json.loads(capsys.readouterr().out)["mapping-collection"]["metadata"]["oscal-version"] == "1.2.1"
    assert main(["crosswalk", "export", "--json"]) == 65
    assert json.loads(capsys.readouterr().err)["step"] == "crosswalk.3"
