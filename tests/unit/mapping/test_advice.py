from logtrace.mapping.advice import nearest


def test_the_nearest_word() -> None:
    """One that is near is meant; else all are named."""
    assert "did you mean 'upper'?" == nearest("uper", ("lower", "upper"))
    assert "one of lower, upper" == nearest("x", ("lower", "upper"))
