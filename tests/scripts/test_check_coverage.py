import copy
import json
from pathlib import Path
from typing import Any

from scripts.check_coverage import find_gaps, main

COVERED: dict[str, Any] = {
    "files": {
        "src/taskyard/task/actions/tasks.py": {"missing_lines": [], "missing_branches": []},
        "src/taskyard/task/permissions.py": {"missing_lines": [], "missing_branches": []},
        "src/taskyard/task/routes.py": {"missing_lines": [3], "missing_branches": [[1, 3]]},
    },
    "totals": {"percent_covered": 90.0},
}


def test_covered_program_passes() -> None:
    assert find_gaps(COVERED) == []


def test_branch_not_taken_in_an_action_is_a_gap() -> None:
    report = copy.deepcopy(COVERED)
    report["files"]["src/taskyard/task/actions/tasks.py"]["missing_branches"] = [[7, 9]]
    assert find_gaps(report) == ["src/taskyard/task/actions/tasks.py:7: the branch to 9 is never taken"]


def test_line_not_run_in_permissions_is_a_gap() -> None:
    report = copy.deepcopy(COVERED)
    report["files"]["src/taskyard/task/permissions.py"]["missing_lines"] = [4]
    assert find_gaps(report) == ["src/taskyard/task/permissions.py:4: never run"]


def test_too_little_overall_is_a_gap() -> None:
    assert find_gaps({**COVERED, "totals": {"percent_covered": 89.9}}) == ["overall: 89.9 % is covered; at least 90 %"]


def test_report_without_actions_is_a_gap() -> None:
    assert len(find_gaps({"files": {}, "totals": {"percent_covered": 100.0}})) == 1


def test_exit_code_follows_the_gaps(tmp_path: Path) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    good.write_text(json.dumps(COVERED), encoding="utf-8")
    bad.write_text(json.dumps({**COVERED, "totals": {"percent_covered": 1.0}}), encoding="utf-8")
    assert main([str(good)]) == 0
    assert main([str(bad)]) == 1
