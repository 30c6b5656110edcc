"""The items of the frameworks that a crosswalk may name: identifiers alone, no text of any of them.

Counts and identifiers are those of `standards_catalogs` in the facts that come with the program, checked on
2026-11-22, with their sources: NIST AI 100-1 (subcategories), NIST AI 600-1 (risks), ISO/IEC 42001:2023 Annex
A (controls), the EU's Code of Practice for general-purpose AI, chapter on safety and security (measures),
TC260's AI Safety Governance Framework 2.0 (risk classes and sections). The last has no numbers below its
classes; the slugs after a stroke are this house's.
"""

from collections.abc import Mapping
from types import MappingProxyType

_NIST = {
    "GOVERN": (7, 3, 2, 3, 2, 2),
    "MAP": (6, 3, 5, 2, 2),
    "MEASURE": (3, 13, 3, 3),
    "MANAGE": (4, 4, 2, 3),
}
_EU = (4, 2, 5, 2, 1, 2, 7, 3, 4, 2)
_ISO = (
    "A.2.2 A.2.3 A.2.4 A.3.2 A.3.3 A.4.2 A.4.3 A.4.4 A.4.5 A.4.6 A.5.2 A.5.3 A.5.4 A.5.5 A.6.1.2 A.6.1.3"
    " A.6.2.2 A.6.2.3 A.6.2.4 A.6.2.5 A.6.2.6 A.6.2.7 A.6.2.8 A.7.2 A.7.3 A.7.4 A.7.5 A.7.6 A.8.2 A.8.3"
    " A.8.4 A.8.5 A.9.2 A.9.3 A.9.4 A.10.2 A.10.3 A.10.4"
)
_RISKS = (
    "cbrn confabulation dangerous-content data-privacy environmental-impacts harmful-bias"
    " human-ai-configuration information-integrity information-security intellectual-property"
    " obscene-content value-chain"
)
_TC260 = (
    "1.5 4.2.3 5.11 3.1.1/explainability 3.1.1/bias 3.1.1/robustness 3.1.1/unreliable-output"
    " 3.1.1/adversarial-attack 3.1.1/defect-propagation 3.1.2/illegal-collection 3.1.2/poisoning"
    " 3.1.2/annotation 3.1.2/leakage 3.2.1/component-and-compute 3.2.1/attack-surface 3.2.1/supply-chain"
    " 3.2.1/enhanced-attack 3.2.2/harmful-output 3.2.2/misinformation 3.2.2/contamination"
    " 3.2.3/critical-infrastructure 3.2.3/criminal-use 3.2.3/cbrn 3.2.4/cognitive 3.3/society 3.3/ethics"
)


def _numbered(prefix: str, counts: tuple[int, ...]) -> frozenset[str]:
    return frozenset(
        f"{prefix}{group}.{item}"
        for group, count in enumerate(counts, start=1)
        for item in range(1, count + 1)
    )


ITEMS: Mapping[str, frozenset[str]] = MappingProxyType(
    {
        "nist_ai_rmf_1_0": frozenset().union(
            *(_numbered(f"{name}-", counts) for name, counts in _NIST.items())
        ),
        "nist_ai_600_1": frozenset(_RISKS.split()),
        "iso_42001_annex_a": frozenset(_ISO.split()),
        "eu_gpai_code": _numbered("", _EU),
        "tc260_2_0": frozenset(_TC260.split()),
    }
)
