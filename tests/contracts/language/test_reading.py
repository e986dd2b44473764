"""What is a query and what is none, and where it goes wrong."""

import pytest

from taskyard.contracts.language.binding import emails_of, needs_zone
from taskyard.contracts.language.reading import read_query
from taskyard.contracts.language.tree import AllOf, AnyOf, Moment, Not, SortKey, Term, Word
from taskyard.kit.problems import InvalidInput


def _complaint(text: str) -> str:
    with pytest.raises(InvalidInput) as caught:
        read_query(text)
    assert caught.value.errors[0].pointer == "/filter"
    return caught.value.detail


def test_and_binds_closer_than_or_and_not_closest() -> None:
    tree = read_query("status = todo or not priority = low and number = 1").condition

    assert isinstance(tree, AnyOf)
    assert isinstance(tree.parts[1], AllOf)
    assert isinstance(tree.parts[1].parts[0], Not)


def test_parentheses_decide() -> None:
    tree = read_query("(status = todo or status = done) and (priority = low)").condition

    assert isinstance(tree, AllOf)
    assert isinstance(tree.parts[0], AnyOf)


@pytest.mark.parametrize("operator", ["=", "!=", "<", "<=", ">", ">="])
def test_signs_need_no_blanks(operator: str) -> None:
    condition = read_query(f"estimate{operator}3").condition

    assert isinstance(condition, Term)
    assert (condition.operator, condition.values) == (operator, (Word("3", 8 + len(operator)),))


def test_key_words_have_no_case() -> None:
    assert read_query("Status NOT IN (a) AND due IS NOT Empty ORDER BY due DESC, title ASC") == read_query(
        "status not in (a) and due is not empty order by due desc, title asc"
    )


def test_order_may_stand_alone() -> None:
    assert read_query("order by priority desc, due").order == (SortKey("priority", is_descending=True), SortKey("due"))
    assert read_query("  ").condition == AllOf(())


def test_text_in_quotes_keeps_what_is_in_it() -> None:
    tree = read_query(r'title = "say \"and\" \\ ( or )"').condition

    assert isinstance(tree, Term)
    assert tree.values == (Word('say "and" \\ ( or )', 8, is_quoted=True),)


@pytest.mark.parametrize(
    ("text", "start", "unit", "steps"),
    [
        ("now-7d", "now", "", ((-7, "d"),)),
        ("today + 1w -2d", "today", "", ((1, "w"), (-2, "d"))),
        ("startOf(week)+1m", "startOf", "week", ((1, "m"),)),
        ("endof( Month )", "endOf", "month", ()),
        ("now+1d-3h", "now", "", ((1, "d"), (-3, "h"))),
    ],
)
def test_moments_are_moved(text: str, start: str, unit: str, steps: tuple[tuple[int, str], ...]) -> None:
    tree = read_query(f"created_at > {text} and status = todo").condition

    assert isinstance(tree, AllOf)
    assert isinstance(tree.parts[0], Term)
    assert tree.parts[0].values == (Moment(start, 13, unit, steps),)  # type: ignore[arg-type] # a row of the table


@pytest.mark.parametrize(
    ("text", "at", "word"),
    [
        ("asignee = me", 1, "did you mean assignee?"),
        ("status = todo and colour = red", 19, "no field 'colour'"),
        ("status", 7, "expected an operator"),
        ("status < todo", 8, "cannot be asked about with <"),
        ("cf.Größe = 3", 1, "no field 'cf.Größe'"),
        ("cf. = 3", 1, "no field 'cf.'"),
        ("cf.size < small", 11, "'small' is no number, day or instant"),
        ("cf.on = 2027-02-30", 9, "not in the calendar"),
        ("cf.on > today+1x", 9, "no step"),
        ('cf.size = ""', 11, "this text is empty"),
        ("order by cf.size", 10, "cannot be ordered by cf.size"),
        ("status =", 9, "expected a value for status, not 'the end'"),
        ("status = (", 10, "expected a value"),
        ("status = todo priority = low", 15, "expected and, or, order by"),
        ("(status = todo", 15, "expected )"),
        ("status = todo)", 14, "expected and, or, order by"),
        ("status in todo", 11, "expected ("),
        ("status in ()", 12, "expected a value"),
        ("status in (a b)", 14, "expected )"),
        ("status not todo", 8, "expected an operator"),
        ("due is nothing", 8, "expected empty"),
        ("status is empty", 8, "cannot be asked about with is empty"),
        ("not", 4, "expected the name of a field"),
        ("and = 1", 1, "expected the name of a field"),
        ("priority = hihg", 12, "did you mean high?"),
        ("assignee = Ann", 12, "a person is written as"),
        ("parent = OPS-1", 10, "takes the id"),
        ("estimate = many", 12, "is no number"),
        ("estimate = 1e400", 12, "is no number"),
        ('title ~ ""', 9, "is empty"),
        ('title = "open', 9, "never closed"),
        ("title ! x", 7, "Write != or not"),
        ("title = a\x00b", 10, "control characters"),
        ("due < soon", 7, "expected a day or an instant"),
        ("due < 2027-02-30", 7, "not in the calendar"),
        ("due < today+7", 7, "is no step"),
        ("due < today+7x", 7, "is no step"),
        ("due < today+2h", 7, "hours can be added"),
        ("due < startOf(fortnight)", 14, "expected (day, week, month or year)"),
        ("due < startOf", 14, "expected (day"),
        ("due < today +", 7, "is no step"),
        ("due < 0001-01-01T00:00:00+14:00", 7, "not in the calendar"),
        ("order due", 7, "expected by"),
        ("order by assignee", 10, "cannot be ordered by assignee"),
        ("order by due, ", 15, "expected the name of a field"),
        ("order by due up", 14, "expected and, or, order by"),
        ("order by due, title, status, number, estimate, priority", 48, "at most 5"),
    ],
)
def test_refusal_names_the_character(text: str, at: int, word: str) -> None:
    complaint = _complaint(text)

    assert complaint.startswith(f"At character {at}: "), complaint
    assert word in complaint


def test_queries_have_limits() -> None:
    assert "2000 characters" in _complaint("title = " + "x" * 2000)
    assert "20 levels" in _complaint("not " * 21 + "status = a")
    assert "20 levels" in _complaint("(" * 21 + "status = a" + ")" * 21)
    assert "50 terms" in _complaint(" and ".join(["status = a"] * 51))
    assert "200 values" in _complaint("status in (" + ", ".join(["a"] * 201) + ")")
    assert isinstance(read_query("(status = a) or " * 30 + "(status = b)").condition, AnyOf)


def test_addresses_are_found_and_limited() -> None:
    condition = read_query("assignee in (me, Ann@x.org) or not (creator = b@x.org or title = c@x.org)").condition
    assert emails_of(condition) == ["Ann@x.org", "b@x.org"]
    assert emails_of(read_query('cf.who in (c@x.org, "d@x.org")').condition) == ["c@x.org"]

    many = read_query("assignee in (" + ", ".join(f"p{n}@x.org" for n in range(11)) + ")").condition
    with pytest.raises(InvalidInput, match="at most 10 addresses"):
        emails_of(many)


def test_only_days_and_instants_need_a_zone() -> None:
    assert needs_zone(read_query("not (status = a and due < 2027-01-01)").condition)
    assert not needs_zone(read_query("status = a or due is empty").condition)
