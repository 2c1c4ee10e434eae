"""The code lists: what they hold, how answers are read, and that a contradiction is found when the file is read."""

import pytest

from models.register.codes import CodeFileInvalid, CodeUnknown, code_list, code_lists, parse_code_file, variables


@pytest.mark.parametrize("name", list(code_lists()))
def test_every_code_reads_back_from_all_its_spellings(name: str) -> None:
    answers = code_list(name)
    for answer in answers.codes.values():
        assert answer.label_id
        assert answer.label_en
        for text in (
            answer.choice,
            answer.label_id,
            answer.label_en.upper(),
            str(answer.code),
            f" {answer.code} ",
            f"{answer.code}. {answer.label_id}",
            f"{answer.code} - x",
            *answer.aliases,
        ):
            assert answers.read(text) == answer.code, text
    assert answers.read("tidak ada jawaban seperti ini") is None
    assert answers.read("99") is None
    assert answers.read("") is None


@pytest.mark.parametrize("name", list(code_lists()))
def test_published_variants_are_one_to_one(name: str) -> None:
    answers = code_list(name)
    for variant in ("dtsen", *answers.variants):
        published = [answers.to_variant(code, variant) for code in answers.codes]
        assert len(set(published)) == len(published)
        assert [answers.from_variant(code, variant) for code in published] == list(answers.codes)


def test_what_the_two_published_lists_number_differently() -> None:
    roof, cooking = code_list("atap"), code_list("memasak")
    assert (roof[5].label_id, roof[6].label_id) == ("Kayu/sirap", "Bambu")
    assert (roof.to_variant(5, "dtsen"), roof.to_variant(6, "dtsen"), roof.to_variant(7, "dtsen")) == (6, 5, 7)
    assert (cooking.to_variant(12, "dtsen"), cooking.from_variant(0, "dtsen")) == (0, 12)
    assert cooking.to_variant(12, "regsosek") == 12
    with pytest.raises(CodeUnknown):
        cooking.from_variant(12, "dtsen")
    with pytest.raises(CodeUnknown):
        cooking.to_variant(0, "dtsen")


def test_who_is_paid_by_the_state() -> None:
    jobs = code_list("pekerjaan")
    assert len(jobs.codes) == 88
    assert jobs.in_group("asn") == {5}
    assert jobs.in_group("tni", "polri") == {6, 7}
    assert jobs.in_group("bumn", "bumd") == {16, 17}
    assert {48, 56, 60, 63} <= jobs.in_group("pejabat")
    assert jobs.screening == {"asn", "tni", "polri", "pensiunan", "bumn", "bumd", "pejabat"}
    assert code_list("status_kerja").in_group(*code_list("status_kerja").screening) == {5}


def test_school_levels_say_their_component() -> None:
    levels = code_list("jenjang")
    assert [len(levels.in_group(name)) for name in ("SD", "SMP", "SMA", "PT")] == [5, 5, 7, 5]


def test_what_the_form_says_of_turnover_and_sadness() -> None:
    """The form's first three steps of turnover are all ultra micro; a step ends below the next one's first rupiah."""
    turnover = [code_list("omzet")[code].label_id for code in code_list("omzet").codes]
    assert [label.partition(":")[0] for label in turnover] == [
        *["Ultra mikro"] * 3,
        *("Mikro", "Kecil", "Menengah", "Besar"),
    ]
    assert turnover[3] == "Mikro: 25 sampai di bawah 167 juta"
    sadness = [code_list("depresi")[code].label_id for code in code_list("depresi").codes]
    assert sadness == ["Sangat sering", "Sering", "Jarang", "Tidak pernah"]


def test_a_label_that_begins_with_digits_is_not_taken_for_a_code() -> None:
    assert code_list("daya").read("1.300 watt") == 3
    assert code_list("daya").read("2.200 watt") == 4
    assert code_list("jarak_tinja").read("10 meter atau lebih") == 2


def test_variables_have_names_of_their_own_and_known_lists() -> None:
    names = [variable.name for variable in variables()]
    assert len(names) == len(set(names)) == len(variables("keluarga")) + len(variables("anggota"))
    for variable in variables():
        assert variable.label_id
        assert variable.label_en
        assert variable.uses
        if variable.code_list:
            assert variable.code_list in code_lists()


def test_unknown_lists_and_codes_are_named() -> None:
    with pytest.raises(CodeUnknown, match="no code list"):
        code_list("tidak_ada")
    with pytest.raises(CodeUnknown, match="lantai has no code 99"):
        code_list("lantai")[99]
    assert 99 not in code_list("lantai")


LIST = '[lists.x]\nid = "X"\nen = "X"\nsource = "s"\n'
TWO = 'codes = [{ code = 1, id = "A", en = "B" }, { code = 2, id = "C", en = "D" }]\n'
VARIABLE = '[[variables]]\nname = "v"\nsheet = "keluarga"\ntype = "code"\nlist = "x"\n'


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        "variables = []",
        LIST + "variables = []",
        LIST + 'codes = [{ code = 1, id = "A", en = "B" }, { code = 1, id = "C", en = "D" }]\n' + VARIABLE,
        LIST + 'codes = [{ code = 1, id = "A", en = "B" }, { code = "2", id = "C", en = "D" }]\n' + VARIABLE,
        LIST + 'codes = [{ code = 1, id = "A", en = "B" }, { code = 2, id = "a.", en = "D" }]\n' + VARIABLE,
        LIST + 'screening = ["none"]\n' + TWO + VARIABLE,
        LIST + "variants.d = { 1 = 2 }\n" + TWO + VARIABLE,
        LIST + "variants.d = { 7 = 8 }\n" + TWO + VARIABLE,
        LIST + TWO + VARIABLE.replace('"x"', '"y"'),
        LIST + TWO + VARIABLE.replace("keluarga", "rumah"),
        LIST + TWO + VARIABLE.replace('type = "code"', 'type = "int"'),
        LIST + TWO + VARIABLE.replace('type = "code"', 'type = "kind"'),
        LIST + TWO + VARIABLE + VARIABLE,
        LIST + TWO + '[[variables]]\nname = "v"\nsheet = "anggota"\ntype = "yes_no"\n',
    ],
)
def test_a_file_that_contradicts_itself_is_refused(text: str) -> None:
    with pytest.raises(CodeFileInvalid, match=r"kode\.toml"):
        parse_code_file(text)


def test_more_rows_are_all_a_longer_questionnaire_needs() -> None:
    lists, questions = parse_code_file(LIST + TWO + VARIABLE + VARIABLE.replace('"v"', '"w"'))
    assert [question.name for question in questions] == ["v", "w"]
    assert questions[0].label_id == "X"
    assert lists["x"].read("c") == 2
