"""Reading a query: by recursive descent, with the place of every fault."""

from taskyard.contracts.language.errors import wrong
from taskyard.contracts.language.fields import FIELDS, Field, find_field, suggestion
from taskyard.contracts.language.moments import is_moment, read_moment
from taskyard.contracts.language.tokens import Token, tokens_of
from taskyard.contracts.language.tree import AllOf, AnyOf, Condition, Moment, Not, Operator, Query, SortKey, Term, Word
from taskyard.contracts.language.values import require_value

MOST_CHARACTERS = 2_000
MOST_VALUES = 200
"""How many values all terms of a query may hold together."""
MOST_TERMS = 50
DEEPEST = 20
MOST_SORT_KEYS = 5

_SIGNS: dict[str, Operator] = {"=": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">=", "~": "~"}
_KEY_WORDS = ("and", "or", "not", "in", "is", "empty", "order", "by", "asc", "desc")


def read_query(text: str) -> Query:
    """The tree of a text. Raises InvalidInput that names the character where it goes wrong."""
    if len(text) > MOST_CHARACTERS:
        raise wrong(MOST_CHARACTERS, f"a query has at most {MOST_CHARACTERS} characters.")
    return _Reader(tokens_of(text)).query()


class _Reader:
    """Walks the words of a query once, from left to right."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._depth = 0
        self._terms = 0
        self._values = 0

    def query(self) -> Query:
        condition: Condition = AllOf(())
        if self._next.kind != "end" and not self._is_order():
            condition = self._either()
        order = self._order() if self._is_order() else ()
        if self._next.kind != "end":
            raise wrong(self._next.at, f"expected and, or, order by or the end, not {self._next.text!r}.")
        return Query(condition, order)

    def _either(self) -> Condition:
        parts = [self._all()]
        while self._take_word("or"):
            parts.append(self._all())
        return parts[0] if len(parts) == 1 else AnyOf(tuple(parts))

    def _all(self) -> Condition:
        parts = [self._one()]
        while self._take_word("and"):
            parts.append(self._one())
        return parts[0] if len(parts) == 1 else AllOf(tuple(parts))

    def _one(self) -> Condition:
        opening = self._next
        if not opening.is_word("not") and not opening.is_sign("("):
            return self._term()
        self._depth += 1
        if self._depth > DEEPEST:
            raise wrong(opening.at, f"a query is nested at most {DEEPEST} levels deep.")
        self._place += 1
        inner = Not(self._one()) if opening.kind == "word" else self._either()
        if opening.kind == "sign":
            self._expect_sign(")")
        self._depth -= 1
        return inner

    def _term(self) -> Term:
        named = self._next
        field = self._field()
        at = self._next.at
        operator = self._operator(field)
        if not field.operators:
            raise wrong(at, f"{field.name} gives an order, and cannot be asked about.")
        if operator not in field.operators:
            allowed = ", ".join(sorted(field.operators))
            raise wrong(at, f"{field.name} cannot be asked about with {operator}; it takes {allowed}.")
        values = self._values_for(field, operator)
        self._terms, self._values = self._terms + 1, self._values + len(values)
        if self._terms > MOST_TERMS or self._values > MOST_VALUES:
            raise wrong(named.at, f"a query holds at most {MOST_TERMS} terms and {MOST_VALUES} values.")
        return Term(field.name, operator, values, named.at)

    def _field(self) -> Field:
        token = self._next
        if token.kind != "word" or token.text.lower() in _KEY_WORDS:
            raise wrong(token.at, f"expected the name of a field, not {token.text or 'the end'!r}.")
        field = find_field(token.text.lower())
        if field is None:
            raise wrong(token.at, f"there is no field {token.text!r}{suggestion(token.text, list(FIELDS))}.")
        self._place += 1
        return field

    def _operator(self, field: Field) -> Operator:
        token = self._take()
        if token.kind == "sign" and token.text in _SIGNS:
            return _SIGNS[token.text]
        if token.is_word("in"):
            return "in"
        if token.is_word("not") and self._take_word("in"):
            return "not in"
        if token.is_word("is"):
            negated = self._take_word("not")
            if self._take_word("empty"):
                return "is not empty" if negated else "is empty"
            raise wrong(self._next.at, "expected empty.")
        allowed = ", ".join(sorted(field.operators))
        raise wrong(token.at, f"expected an operator after {field.name}: {allowed}.")

    def _values_for(self, field: Field, operator: Operator) -> tuple[Word | Moment, ...]:
        if operator in {"is empty", "is not empty"}:
            return ()
        if operator not in {"in", "not in"}:
            return (self._value(field, operator),)
        self._expect_sign("(")
        values = [self._value(field, operator)]
        while self._take_sign(","):
            values.append(self._value(field, operator))
        self._expect_sign(")")
        return tuple(values)

    def _value(self, field: Field, operator: Operator) -> Word | Moment:
        token = self._next
        if token.kind not in {"word", "quoted"}:
            raise wrong(token.at, f"expected a value for {field.name}, not {token.text or 'the end'!r}.")
        if field.kind in {"day", "instant", "due"} or (field.kind == "own" and operator != "~" and is_moment(token)):
            moment, self._place = read_moment(self._tokens, self._place)
            return moment
        self._place += 1
        word = Word(token.text, token.at, token.kind == "quoted")
        require_value(field, operator, word)
        return word

    def _is_order(self) -> bool:
        return self._next.is_word("order")

    def _order(self) -> tuple[SortKey, ...]:
        self._place += 1
        if not self._take_word("by"):
            raise wrong(self._next.at, "expected by after order.")
        keys = [self._sort_key()]
        while self._take_sign(","):
            if len(keys) == MOST_SORT_KEYS:
                raise wrong(self._next.at, f"at most {MOST_SORT_KEYS} fields give an order.")
            keys.append(self._sort_key())
        return tuple(keys)

    def _sort_key(self) -> SortKey:
        at = self._next.at
        field = require_sortable(self._field(), at)
        is_descending = self._take_word("desc")
        if not is_descending:
            self._take_word("asc")
        return SortKey(field.name, is_descending)

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        self._place = min(self._place + 1, len(self._tokens) - 1)
        return token

    def _take_word(self, word: str) -> bool:
        found = self._next.is_word(word)
        self._place += found
        return found

    def _take_sign(self, sign: str) -> bool:
        found = self._next.is_sign(sign)
        self._place += found
        return found

    def _expect_sign(self, sign: str) -> None:
        if not self._take_sign(sign):
            raise wrong(self._next.at, f"expected {sign}, not {self._next.text or 'the end'!r}.")


def require_sortable(field: Field, at: int) -> Field:
    """The field, if tasks have an order by it. Raises InvalidInput."""
    if not field.is_sortable:
        raise wrong(at, f"tasks cannot be ordered by {field.name}.")
    return field
