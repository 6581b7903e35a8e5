from logtrace.parse.columns import Columns


def test_wanted_fields_are_taken_out_of_the_values() -> None:
    """In the order of the fields; a column that is not there has no value."""
    columns = Columns(["a", "b", "c"], ["c", "x", "a"])

    assert ("3", None, "1") == columns.pick(["1", "2", "3"])
    assert (2, -1, 0) == columns.places


def test_one_field_and_none() -> None:
    """A row is a tuple however many fields are wanted."""
    assert ("1",) == Columns(["a"], ["a"]).pick(["1"])
    assert () == Columns(["a"], []).pick(["1"])


def test_a_name_that_an_expression_cannot_spell_has_a_second_one() -> None:
    """`_` stands for each such character; a column that has that name itself is meant first."""
    names = ["cs(User-Agent)", "sc-status", "sc_status", "é t"]
    fields = ["cs(User-Agent)", "cs_User_Agent_", "sc-status", "sc_status", "é_t"]

    assert (0, 0, 1, 2, 3) == Columns(names, fields).places


def test_of_columns_with_one_name_the_last_counts() -> None:
    """As with keys that stand twice elsewhere."""
    assert ("2",) == Columns(["a", "a"], ["a"]).pick(["1", "2"])
