"""A package folder changes as a whole or not at all, and what is not ours stays."""

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from kubewright.schema import GroupVersion
from kubewright_gen import __version__
from kubewright_gen.config import PackageOptions, Sources
from kubewright_gen.documents import Documents, GroupVersionDocument, Schema
from kubewright_gen.errors import OutputError, SchemaError
from kubewright_gen.output.atomic import stage
from kubewright_gen.output.manifest import Fingerprint, Manifest, fingerprint
from kubewright_gen.output.write import apply, is_current, plan

MADE_BY = Fingerprint(inputs="1", generator="2", tools={"black": "3"})
FILES = {"__init__.py": "x = 1\n", "py.typed": "", "apps_v1/models.py": "y = 1\n"}
NOT_ROOT = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere"
)


@pytest.fixture
def options(tmp_path: Path) -> PackageOptions:
    return PackageOptions(package="acme.kube", output=tmp_path / "src", sources=Sources(crd=("x",)))


def write_all(options: PackageOptions, files: Mapping[str, str]) -> None:
    apply(plan(options, files, MADE_BY))


def tree(folder: Path) -> dict[str, str]:
    """Every file below a folder; empty folders are there with a slash."""
    found = {
        path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
        for path in folder.rglob("*")
        if path.is_file()
    }
    empty = (p for p in folder.rglob("*") if p.is_dir() and not any(p.iterdir()))
    return found | {f"{path.relative_to(folder).as_posix()}/": "" for path in empty}


def without_manifest(folder: Path) -> dict[str, str]:
    return {path: text for path, text in tree(folder).items() if "_manifest" not in path}


def test_a_package_is_written_with_its_manifest_and_nothing_else(options: PackageOptions) -> None:
    write_all(options, FILES)

    written = tree(options.output)
    manifest = json.loads(written.pop("acme/kube/_manifest.json"))
    assert written == {f"acme/kube/{path}": text for path, text in FILES.items()}
    digests = {path: hashlib.sha256(text.encode()).hexdigest() for path, text in FILES.items()}
    assert manifest == {
        "comment": "Written by kubewright. DO NOT EDIT.",
        "files": digests,
        "generator": {"digest": "2", "version": __version__},
        "inputs": "1",
        "tools": {"black": "3"},
    }


def test_a_manifest_reads_as_it_was_written(options: PackageOptions) -> None:
    write_all(options, FILES)

    read = Manifest.read(options.folder)
    assert read.fingerprint == MADE_BY
    assert read.encode() == (options.folder / "_manifest.json").read_bytes()


def test_what_stays_the_same_is_not_touched(options: PackageOptions) -> None:
    write_all(options, FILES)
    for path in options.folder.rglob("*"):
        os.utime(path, (1, 1))
    write_all(options, {**FILES, "apps_v1/models.py": "y = 2\n"})

    changed = {p.name for p in options.folder.rglob("*") if p.is_file() and p.stat().st_mtime != 1}
    assert changed == {"models.py", "_manifest.json"}


def test_a_plan_tells_what_it_would_do(options: PackageOptions) -> None:
    write_all(options, FILES)
    found = plan(options, {"__init__.py": "x = 1\n", "py.typed": "p", "new.py": ""}, MADE_BY)

    assert (
        [change.path for change in found.added],
        [change.path for change in found.changed],
        [change.path for change in found.removed],
        found.unchanged,
    ) == (["new.py"], ["py.typed"], ["apps_v1/models.py"], 1)


def test_a_plan_for_what_is_there_is_empty(options: PackageOptions) -> None:
    write_all(options, FILES)
    found = plan(options, FILES, MADE_BY)

    assert (found.changes, found.manifest) == ((), None)


def test_files_that_nothing_generates_any_more_go_with_their_folders(
    options: PackageOptions,
) -> None:
    write_all(options, {**FILES, "old_v1/models.py": "", "old_v1/client.py": ""})
    cache = options.folder / "old_v1" / "__pycache__"
    cache.mkdir()
    for name in ("models.cpython-311.pyc", "client.cpython-312.opt-1.pyc"):
        (cache / name).write_bytes(b"")
    write_all(options, FILES)

    assert without_manifest(options.folder) == FILES


def test_a_folder_with_something_of_the_user_stays(options: PackageOptions) -> None:
    write_all(options, {**FILES, "old_v1/models.py": ""})
    (options.folder / "old_v1" / "mine.py").write_text("mine", encoding="utf-8")
    write_all(options, FILES)

    assert without_manifest(options.folder) == {**FILES, "old_v1/mine.py": "mine"}


def test_folders_above_the_package_get_nothing(options: PackageOptions) -> None:
    (options.output / "acme").mkdir(parents=True)
    (options.output / "acme" / "__init__.py").write_text("mine", encoding="utf-8")
    write_all(options, FILES)

    assert (options.output / "acme" / "__init__.py").read_text(encoding="utf-8") == "mine"
    assert sorted(os.listdir(options.output / "acme")) == ["__init__.py", "kube"]


def foreign_file(options: PackageOptions) -> None:
    options.folder.mkdir(parents=True)
    (options.folder / "__init__.py").write_text("mine", encoding="utf-8")


def edited_file(options: PackageOptions) -> None:
    write_all(options, {**FILES, "__init__.py": "x = 0\n"})
    (options.folder / "__init__.py").write_text("mine", encoding="utf-8")


def edited_stale_file(options: PackageOptions) -> None:
    write_all(options, {**FILES, "old.py": "x = 0\n"})
    (options.folder / "old.py").write_text("mine", encoding="utf-8")


def file_for_folder(options: PackageOptions) -> None:
    options.folder.mkdir(parents=True)
    (options.folder / "apps_v1").write_text("mine", encoding="utf-8")


def file_for_package(options: PackageOptions) -> None:
    options.folder.parent.mkdir(parents=True)
    options.folder.write_text("mine", encoding="utf-8")


def file_for_output(options: PackageOptions) -> None:
    options.output.write_text("mine", encoding="utf-8")


def folder_for_file(options: PackageOptions) -> None:
    (options.folder / "py.typed").mkdir(parents=True)


def linked_folder(options: PackageOptions) -> None:
    (options.output.parent / "outside").mkdir()
    options.folder.mkdir(parents=True)
    (options.folder / "apps_v1").symlink_to(options.output.parent / "outside")


def linked_package(options: PackageOptions) -> None:
    (options.output.parent / "outside").mkdir()
    options.folder.parent.mkdir(parents=True)
    options.folder.symlink_to(options.output.parent / "outside")


def linked_file(options: PackageOptions) -> None:
    (options.output.parent / "outside.py").write_text("mine", encoding="utf-8")
    options.folder.mkdir(parents=True)
    (options.folder / "__init__.py").symlink_to(options.output.parent / "outside.py")


def dangling_link(options: PackageOptions) -> None:
    options.folder.mkdir(parents=True)
    (options.folder / "__init__.py").symlink_to(options.output.parent / "outside.py")


def linked_manifest(options: PackageOptions) -> None:
    (options.output.parent / "outside.json").write_text(
        Manifest(MADE_BY).encode().decode(), encoding="utf-8"
    )
    options.folder.mkdir(parents=True)
    (options.folder / "_manifest.json").symlink_to(options.output.parent / "outside.json")


def conflicted_manifest(options: PackageOptions) -> None:
    options.folder.mkdir(parents=True)
    (options.folder / "_manifest.json").write_text("<<<<<<< HEAD\n{}\n", encoding="utf-8")


def leaving_manifest(options: PackageOptions) -> None:
    write_all(options, FILES)
    manifest = options.folder / "_manifest.json"
    content = json.loads(manifest.read_text(encoding="utf-8"))
    content["files"]["../../../victim.py"] = "0" * 64
    manifest.write_text(json.dumps(content), encoding="utf-8")


@pytest.mark.parametrize(
    ("prepare", "place", "message"),
    [
        (
            foreign_file,
            "src/acme/kube/__init__.py",
            "is not of kubewright and would be overwritten; move it away",
        ),
        (
            edited_file,
            "src/acme/kube/__init__.py",
            "was edited since kubewright wrote it; move your changes out of generated code and"
            " delete it, or restore it",
        ),
        (
            edited_stale_file,
            "src/acme/kube/old.py",
            "was edited since kubewright wrote it; move your changes out of generated code and"
            " delete it, or restore it",
        ),
        (
            file_for_folder,
            "src/acme/kube/apps_v1",
            "is a file where a folder must be; move it, or name another folder with --output",
        ),
        (
            file_for_package,
            "src/acme/kube",
            "is a file where a folder must be; move it, or name another folder with --output",
        ),
        (
            file_for_output,
            "src",
            "is a file where a folder must be; move it, or name another folder with --output",
        ),
        (
            folder_for_file,
            "src/acme/kube/py.typed",
            "is a folder or a special file where a generated file must be; move it away",
        ),
        (
            linked_folder,
            "src/acme/kube/apps_v1",
            "is a symbolic link where a folder of the package must be; remove it, or name the real"
            " folder with --output",
        ),
        (
            linked_package,
            "src/acme/kube",
            "is a symbolic link where a folder of the package must be; remove it, or name the real"
            " folder with --output",
        ),
        (
            linked_file,
            "src/acme/kube/__init__.py",
            "is a symbolic link where a generated file must be; move it away",
        ),
        (
            dangling_link,
            "src/acme/kube/__init__.py",
            "is a symbolic link where a generated file must be; move it away",
        ),
        (
            linked_manifest,
            "src/acme/kube/_manifest.json",
            "is a symbolic link where a generated file must be; move it away",
        ),
        (
            conflicted_manifest,
            "src/acme/kube/_manifest.json",
            "is no manifest of kubewright (edited, or a merge left marks in it); restore it from"
            " version control, or remove the package folder and generate",
        ),
        (
            leaving_manifest,
            "src/acme/kube/_manifest.json",
            "is no manifest of kubewright (edited, or a merge left marks in it); restore it from"
            " version control, or remove the package folder and generate",
        ),
    ],
)
def test_what_is_in_the_way_is_named_and_nothing_changes(
    options: PackageOptions, prepare: object, place: str, message: str
) -> None:
    assert callable(prepare)
    prepare(options)
    root = options.output.parent
    before = tree(root)
    with pytest.raises(OutputError) as caught:
        write_all(options, FILES)

    assert str(caught.value) == f"{root / place}: {message}"
    assert tree(root) == before


def test_several_files_in_the_way_are_one_problem(options: PackageOptions) -> None:
    options.folder.mkdir(parents=True)
    files = {f"m{i}.py": "x = 1\n" for i in range(8)}
    for path in files:
        (options.folder / path).write_text("mine", encoding="utf-8")
    with pytest.raises(OutputError) as caught:
        write_all(options, files)

    assert str(caught.value) == (
        f"{options.folder / 'm0.py'}: is not of kubewright and would be overwritten (so also m1.py,"
        " m2.py, m3.py, m4.py and 3 more); move it away"
    )


def test_a_file_in_the_way_with_the_same_text_is_taken_over(options: PackageOptions) -> None:
    options.folder.mkdir(parents=True)
    (options.folder / "__init__.py").write_text("x = 1\n", encoding="utf-8")
    write_all(options, FILES)

    assert without_manifest(options.folder) == FILES


def test_line_ends_that_git_changed_are_no_edit(options: PackageOptions) -> None:
    write_all(options, FILES)
    for path in options.folder.rglob("*.*"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert plan(options, FILES, MADE_BY).changes == ()
    assert is_current(options, MADE_BY)


def test_an_output_that_is_a_link_is_the_user_s_choice(options: PackageOptions) -> None:
    real = options.output.parent / "real"
    real.mkdir()
    options.output.symlink_to(real)
    write_all(options, FILES)

    assert without_manifest(real / "acme" / "kube") == FILES


@pytest.mark.parametrize(
    "path",
    [
        "/etc/x.py",
        "../x.py",
        "a/../x.py",
        "a//x.py",
        "./x.py",
        "",
        "a/",
        "a\\x.py",
        "C:x.py",
        "x.py\n",
        "x\x00.py",
        "x.sh",
        "x",
        ".x.py",
        "a.b/x.py",
        "größe.py",
        "a b.py",
        f"{'a' * 300}.py",
    ],
)
def test_a_path_of_another_kind_is_refused(options: PackageOptions, path: str) -> None:
    with pytest.raises(OutputError):
        write_all(options, {**FILES, path: ""})

    assert not options.output.exists()


@pytest.mark.parametrize("other", ["APPS_v1/models.py", "apps_v1/Models.py", "PY.typed"])
def test_paths_that_differ_in_case_alone_are_refused(options: PackageOptions, other: str) -> None:
    with pytest.raises(OutputError, match="where letter case does not count"):
        write_all(options, {**FILES, other: ""})


def test_folders_that_differ_in_case_alone_are_refused(options: PackageOptions) -> None:
    with pytest.raises(OutputError, match="where letter case does not count"):
        write_all(options, {"a_v1/models.py": "", "A_v1/client.py": ""})


@pytest.mark.parametrize("fail_at", range(5))
def test_a_failure_in_the_middle_leaves_what_was_there(
    options: PackageOptions, fail_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(options, {"__init__.py": "x = 0\n", "py.typed": "", "old.py": "o = 1\n"})
    before = tree(options.output)
    todo = plan(options, {**FILES, "new_v1/client.py": ""}, MADE_BY)
    replace, calls = os.replace, iter(range(100))

    def failing(source: Path, target: Path) -> None:
        if next(calls) == fail_at:
            raise OSError(28, "No space left on device", str(target))
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    if fail_at == 4:  # there are four: three files and the manifest
        apply(todo)
        return
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        apply(todo)

    assert tree(options.output) == before


def test_a_full_disk_is_noticed_before_anything_changes(
    options: PackageOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_all(options, {"__init__.py": "x = 0\n"})
    before = tree(options.output)
    calls = iter(range(100))

    def full(target: Path, data: bytes) -> Path:
        if next(calls) == 2:
            raise OSError(28, "No space left on device")
        return stage(target, data)

    monkeypatch.setattr("kubewright_gen.output.write.stage", full)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        write_all(options, FILES)

    assert tree(options.output) == before


def test_an_interrupt_while_writing_leaves_what_was_there(
    options: PackageOptions, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(target: Path, data: bytes) -> Path:
        raise KeyboardInterrupt

    monkeypatch.setattr("kubewright_gen.output.write.stage", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write_all(options, FILES)

    assert not options.output.exists()


@NOT_ROOT
def test_a_read_only_folder_is_named(options: PackageOptions) -> None:
    options.folder.mkdir(parents=True)
    options.folder.chmod(0o500)
    with pytest.raises(OutputError, match="is a folder that you may not write to"):
        write_all(options, FILES)


def test_files_get_the_mode_that_the_umask_leaves(options: PackageOptions) -> None:
    before = os.umask(0o027)
    try:
        write_all(options, FILES)
    finally:
        os.umask(before)

    assert {p.stat().st_mode & 0o777 for p in options.folder.rglob("*.py")} == {0o640}


def test_a_file_keeps_the_mode_that_it_has(options: PackageOptions) -> None:
    write_all(options, FILES)
    (options.folder / "__init__.py").chmod(0o604)
    write_all(options, {**FILES, "__init__.py": "x = 2\n"})

    assert (options.folder / "__init__.py").stat().st_mode & 0o777 == 0o604


@pytest.mark.parametrize("path", ["__init__.py", "apps_v1/models.py", "_manifest.json"])
def test_a_package_without_one_of_its_files_is_not_current(
    options: PackageOptions, path: str
) -> None:
    write_all(options, FILES)
    assert is_current(options, MADE_BY)
    (options.folder / path).unlink()

    assert not is_current(options, MADE_BY)


@pytest.mark.parametrize(
    "other",
    [
        Fingerprint("0", "2", {"black": "3"}),
        Fingerprint("1", "0", {"black": "3"}),
        Fingerprint("1", "2", {"black": "0"}),
    ],
    ids=["inputs", "generator", "tools"],
)
def test_a_package_made_from_something_else_is_not_current(
    options: PackageOptions, other: Fingerprint
) -> None:
    write_all(options, FILES)

    assert not is_current(options, other)


def documents(**properties: Schema) -> Documents:
    schema = Schema(type="object", properties=properties, required=frozenset(properties))
    document = GroupVersionDocument(GroupVersion("a.com", "v1"), (), {"A": schema})
    return Documents((document,), ("a problem",))


def test_the_fingerprint_is_that_of_the_value(options: PackageOptions) -> None:
    one = documents(a=Schema(type="string"), b=Schema(type="integer"))
    other = documents(b=Schema(type="integer"), a=Schema(type="string"))

    assert fingerprint(one, options) == fingerprint(other, options)


@pytest.mark.parametrize(
    "changed",
    [
        documents(a=Schema(type="string", description="x")),
        documents(a=Schema(type="string", default=None, has_default=True)),
        documents(b=Schema(type="string")),
    ],
)
def test_another_schema_is_another_fingerprint(options: PackageOptions, changed: Documents) -> None:
    assert fingerprint(documents(a=Schema(type="string")), options) != fingerprint(changed, options)


def test_another_option_is_another_fingerprint_if_it_changes_the_text(tmp_path: Path) -> None:
    def made(
        package: str = "a", output: str = "src", group_names: Mapping[str, str] | None = None
    ) -> Fingerprint:
        return fingerprint(
            documents(),
            PackageOptions(
                package=package,
                output=tmp_path / output,
                sources=Sources(crd=("x",)),
                group_names=group_names or {},
            ),
        )

    assert made(output="other") == made()
    assert made(package="b") != made()
    assert made(group_names={"a.com": "a"}) != made()


def test_text_that_is_no_unicode_is_an_error_of_ours(options: PackageOptions) -> None:
    with pytest.raises(SchemaError, match="no Unicode"):
        fingerprint(documents(a=Schema(description="\ud800")), options)
