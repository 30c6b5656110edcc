"""Small files in the shapes of the registers, made for the tests; the words are ours."""

import csv
import io
import json
from pathlib import Path

ATLAS = """
case-studies:
- id: AML.CS9001
  name: A filter learned from abuse
  object-type: case-study
  summary: Users taught a filter to let abuse pass.
  incident-date: 2016-03-23
  incident-date-granularity: DATE
  procedure:
  - {tactic: AML.TA0001, technique: AML.T0020, description: They repeated abuse.}
  - {tactic: AML.TA0001, technique: AML.T0020, description: They repeated it.}
  - {tactic: AML.TA0001, technique: AML.T0010.002, description: The data came in.}
  target: A chat robot
  actor: Users
  case-study-type: incident
  references:
  - {title: A page, url: https://example.org/a}
- id: AML.CS9002
  name: A laboratory evades a detector
  summary: Researchers evaded their own detector.
  incident-date: 2020-01-01
  incident-date-granularity: YEAR
  procedure: []
  case-study-type: exercise
"""

INCIDENTS = [
    {
        "_id": "ObjectId(1)",
        "incident_id": "4",
        "date": "2018-03-18",
        "reports": "[629,630]",
        "Alleged deployer of AI system": '["uber"]',
        "Alleged developer of AI system": '["uber","volvo"]',
        "Alleged harmed or nearly harmed parties": '["a-pedestrian"]',
        "description": "A test vehicle struck a person who crossed the road.\nThe person died.",
        "title": "Test vehicle kills a pedestrian",
    },
    {
        "_id": "ObjectId(2)",
        "incident_id": "5",
        "date": "2018-12-05",
        "reports": "[7]",
        "Alleged deployer of AI system": "amazon",
        "Alleged developer of AI system": "",
        "Alleged harmed or nearly harmed parties": '["workers"]',
        "description": "A robot pierced a can; workers were treated.",
        "title": "Warehouse robot pierces a can",
    },
    {"incident_id": "6", "date": "2018-12-05", "title": "The same can", "description": "As above."},
]
CSET = [
    {
        "Incident ID": "4",
        "AI Harm Level": "AI tangible harm event",
        "Tangible Harm": "tangible harm definitively occurred",
        "Lives Lost": "1",
        "Injuries": "",
        "Sector of Deployment": "transportation and storage",
        "Notes": "Seen from the dashboard.",
    }
]
MIT = [
    {"Incident ID": "5", "Risk Domain": "7. AI system safety", "Risk Subdomain": "7.3. Lack of capability"}
]
DUPLICATES = [{"duplicate_incident_number": "6", "true_incident_number": "5"}]
REPORTS = [{"report_number": "629", "url": "https://example.org/629", "text": "A long\nreport."}]


def table(rows: list[dict[str, str]]) -> str:
    """Return rows as CSV, as a snapshot has them."""
    text = io.StringIO()
    heads = list(dict.fromkeys(head for row in rows for head in row))
    writer = csv.DictWriter(text, heads, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def snapshot(folder: Path) -> Path:
    """Write a snapshot of the AI Incident Database; return its incidents.csv."""
    tables = {
        "incidents.csv": INCIDENTS,
        "classifications_CSETv1.csv": CSET,
        "classifications_MIT.csv": MIT,
        "duplicates.csv": DUPLICATES,
        "reports.csv": REPORTS,
    }
    for name, rows in tables.items():
        (folder / name).write_text(table(rows), encoding="utf-8")
    return folder / "incidents.csv"


def avid(name: str = "AVID-2099-R0001", **changes: object) -> dict[str, object]:
    """Return a report as the AI Vulnerability Database has them."""
    return {
        "data_type": "AVID",
        "data_version": "0.3",
        "metadata": {"report_id": name},
        "affects": {"developer": ["One"], "deployer": ["Two"], "artifacts": [{"type": "Model", "name": "m"}]},
        "problemtype": {
            "classof": "CVE Entry",
            "type": "Advisory",
            "description": {"lang": "eng", "value": "A weakness in a loader"},
        },
        "references": [{"type": "source", "label": "NVD", "url": "https://example.org/n"}],
        "description": {"lang": "eng", "value": "A file that is loaded can run code."},
        "impact": {
            "avid": {"risk_domain": ["Security"], "sep_view": ["S0100: Software Vulnerability"]},
            "cvss": {"baseScore": 9.8, "baseSeverity": "CRITICAL"},
        },
        "reported_date": "2025-02-03",
        **changes,
    }


def lines(*records: object) -> str:
    """Return records as JSON Lines."""
    return "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in records)
