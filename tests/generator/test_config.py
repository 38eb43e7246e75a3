"""Options are checked where they enter, and a bad one says where it is and what to do."""

from pathlib import Path

import pytest

from kubewright_gen.config import (
    ClusterSource,
    OptionsError,
    PackageOptions,
    Sources,
    find,
    load,
)

CRD = Sources(crd=("crds",))


def written(folder: Path, text: str) -> Path:
    path = folder / "pyproject.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_every_key_has_its_place(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [tool.kubewright]
        package = "acme.kube"
        output = "src"
        crd = ["crds/", "-", "https://example.com/x.yaml"]
        openapi = "dump"
        cluster = true
        context = "prod"
        kubeconfig = "kube/config"
        include = ["*.acme.com/*"]
        exclude = ["*/v1alpha1"]
        group-names = { "widgets.acme.com" = "widgets" }
        """,
    )

    assert load(path) == (
        PackageOptions(
            package="acme.kube",
            output=tmp_path / "src",
            sources=Sources(
                crd=(str(tmp_path / "crds"), "-", "https://example.com/x.yaml"),
                openapi=(str(tmp_path / "dump"),),
                cluster=ClusterSource("prod", str(tmp_path / "kube/config")),
            ),
            include=("*.acme.com/*",),
            exclude=("*/v1alpha1",),
            group_names={"widgets.acme.com": "widgets"},
        ),
    )


def test_several_packages_share_group_names(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        """
        [tool.kubewright.group-names]
        "a.com" = "a"
        "b.com" = "b"

        [[tool.kubewright.packages]]
        package = "one"
        crd = "one"

        [[tool.kubewright.packages]]
        package = "two"
        crd = "two"
        group-names = { "b.com" = "bee" }
        """,
    )

    assert [(o.package, o.group_names) for o in load(path)] == [
        ("one", {"a.com": "a", "b.com": "b"}),
        ("two", {"a.com": "a", "b.com": "bee"}),
    ]


def test_the_package_is_a_folder_below_the_output() -> None:
    options = PackageOptions(package="acme.kube", output=Path("src"), sources=CRD)

    assert options.folder == Path("src/acme/kube")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "has no table [tool.kubewright]; add it with package, output and a source, or give"
             " them on the command line"),
        ("[tool", "is no valid TOML: Expected ']' at the end of a table declaration (at end of"
                  " document)"),
        ('[tool.kubewright]\npackge = "a"',
         "[tool.kubewright] 'packge': is no known key; did you mean package?"),
        ("[tool.kubewright]\nzzz = 1",
         "[tool.kubewright] 'zzz': is no known key; known are package, output, crd, openapi,"
         " cluster, context, kubeconfig, include, exclude, group-names"),
        ("[tool.kubewright]",
         '[tool.kubewright] package: is missing; add it, such as package = "acme.kube"'),
        ("[tool.kubewright]\npackage = 1",
         "[tool.kubewright] package: is 1; write a text in quotes, not empty"),
        ('[tool.kubewright]\npackage = "a"',
         "[tool.kubewright]: nothing to generate 'a' from; name a source: cluster, crd or openapi"),
        ('[tool.kubewright]\npackage = "a"\ncluster = "yes"',
         "[tool.kubewright] cluster: is 'yes'; write true or false"),
        ('[tool.kubewright]\npackage = "a"\ncontext = "yes"',
         "[tool.kubewright] context: has no meaning alone; add cluster = true"),
        ('[tool.kubewright]\npackage = "a"\ncrd = 5',
         '[tool.kubewright] crd: is no list of texts; write crd = ["…", "…"]'),
        ('[tool.kubewright]\npackage = "a"\ncrd = [""]',
         '[tool.kubewright] crd: is no list of texts; write crd = ["…", "…"]'),
        ('[tool.kubewright]\npackage = "a"\ngroup-names = { a = 1 }',
         '[tool.kubewright] group-names: is no table of texts; write "group" = "name" under'
         " [tool.kubewright.group-names]"),
        ('[tool.kubewright]\npackages = "a"',
         "[tool.kubewright] packages: is no list of tables; write [[tool.kubewright.packages]]"),
        ('[tool.kubewright]\npackage = "a"\npackages = [{}]',
         "[tool.kubewright] package: cannot stand beside packages; move it into"
         " [[tool.kubewright.packages]]"),
        ('[[tool.kubewright.packages]]\npackage = "a"\ncrd = "a"\n'
         '[[tool.kubewright.packages]]\npackage = "a.b-c"\ncrd = "a"',
         "[tool.kubewright.packages[1]]: package 'a.b-c' is no name to import; take names of"
         " letters, digits and _, joined by dots, such as 'acme.kube'"),
        ('[[tool.kubewright.packages]]\npackage = "a"\ncrd = "a"\n'
         '[[tool.kubewright.packages]]\npackage = "a"\ncrd = "b"',
         "[tool.kubewright]: two packages would be written to one folder, as 'a'; give them"
         " different names or outputs"),
    ],
)  # fmt: skip
def test_a_bad_file_says_where_and_what_to_do(tmp_path: Path, text: str, message: str) -> None:
    path = written(tmp_path, text)
    with pytest.raises(OptionsError) as caught:
        load(path)

    assert str(caught.value) == f"{path}: {message}"


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "pyproject.toml"
    path.write_bytes(b'[tool.kubewright]\npackage = "\xff"\n')
    with pytest.raises(OptionsError, match="is not UTF-8; save it as UTF-8"):
        load(path)


@pytest.mark.parametrize(
    "package",
    ["", "a..b", ".a", "a-b", "1a", "class", "a.def", "größe", "a/b", "../a", "a b", "__main__"],
)
def test_a_package_must_have_an_importable_name(package: str) -> None:
    with pytest.raises(OptionsError):
        PackageOptions(package=package, output=Path(), sources=CRD)


@pytest.mark.parametrize("package", ["json", "io.kube", "kubewright", "kubewright_gen.x"])
def test_a_package_may_not_hide_another(package: str) -> None:
    with pytest.raises(OptionsError):
        PackageOptions(package=package, output=Path(), sources=CRD)


@pytest.mark.parametrize("name", ["", "A", "1a", "a-b", "a.b", "class", "../a", "_a"])
def test_a_group_name_must_be_short_and_plain(name: str) -> None:
    with pytest.raises(OptionsError, match=r"cannot name the group 'a\.com'"):
        PackageOptions(package="a", output=Path(), sources=CRD, group_names={"a.com": name})


def test_the_nearest_file_counts(tmp_path: Path) -> None:
    written(tmp_path, "")
    (tmp_path / "a" / "b").mkdir(parents=True)
    near = written(tmp_path / "a", "")

    assert find(tmp_path / "a" / "b") == near


def test_no_file_anywhere_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(_: Path) -> bool:
        return False

    monkeypatch.setattr(Path, "is_file", never)
    with pytest.raises(OptionsError, match=r"no pyproject\.toml in /a or above; add one with"):
        find(Path("/a"))
