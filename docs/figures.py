#!/usr/bin/env python3
"""Prints figures of the source tree: lines a file, circles between top-level modules, and the share
of comment sentences that begin with a word such as What or Whether.

    docs/figures.py [FOLDER]    # the top of a clone, by default this one
"""

import re
import statistics
import sys
from pathlib import Path

CRATES = ["server", "app", "protocol"]
CLAUSE = re.compile(r"(What|Who|Whom|Whose|Whether|How|Where|Wherever|Whatever|Whoever)\b")
TOKEN = re.compile(
    r"""//[^\n]*|/\*.*?\*/|r(\#*)".*?"\1|b?"(?:\\.|[^"\\])*"|b?'(?:\\.[^']*|[^'\\])'"""
    r"""|[A-Za-z_][A-Za-z0-9_]*|::|[^\s]""",
    re.DOTALL,
)


def sources(crate: Path) -> dict[Path, str]:
    """Returns the text of each source file, without tests."""
    files = {path.relative_to(crate): path.read_text() for path in sorted(crate.rglob("*.rs"))}
    return {path: text for path, text in files.items() if not is_test(path)}


def is_test(path: Path) -> bool:
    names = path.with_suffix("").parts
    return any(name in ("tests", "properties", "fixtures") for name in names)


def tokens(text: str) -> list[str]:
    found = [match.group() for match in TOKEN.finditer(text)]
    return [token for token in found if not token.startswith(("//", "/*"))]


def without_tests(words: list[str]) -> list[str]:
    """Drops inline modules marked `#[cfg(test)]`."""
    kept, at = [], 0
    while at < len(words):
        if words[at : at + 7] == ["#", "[", "cfg", "(", "test", ")", "]"]:
            at += 7
            depth = 0
            while at < len(words):
                depth += {"{": 1, "}": -1}.get(words[at], 0)
                at += 1
                if depth == 0 and words[at - 1] in ("}", ";"):
                    break
        else:
            kept.append(words[at])
            at += 1
    return kept


def paths(words: list[str]) -> list[list[str]]:
    """Returns all paths, with the trees of `use` expanded."""
    found = []

    def read(at: int, prefix: list[str]) -> int:
        names = list(prefix)
        while at < len(words) and re.match(r"[A-Za-z_]", words[at]):
            names.append(words[at])
            at += 1
            if at >= len(words) or words[at] != "::":
                break
            at += 1
            if at < len(words) and words[at] == "{":
                at += 1
                while at < len(words) and words[at] != "}":
                    at = read(at, names) if re.match(r"[A-Za-z_]", words[at]) else at + 1
                at += 1
                return at
        if len(names) > 1:
            found.append(names)
        return at

    at = 0
    while at < len(words):
        if re.match(r"[A-Za-z_]", words[at]) and (at == 0 or words[at - 1] != "::"):
            at = max(read(at, []), at + 1)
        else:
            at += 1
    return found


def arrows(crate: Path) -> set[tuple[str, str]]:
    """Returns the imports between top-level modules."""
    files = sources(crate)
    modules = {path.with_suffix("").parts[0] for path in files}
    found = set()
    for path, text in files.items():
        own = [name for name in path.with_suffix("").parts if name not in ("lib", "main")]
        for names in paths(without_tests(tokens(text))):
            ups = next((at for at, name in enumerate(names) if name != "super"), len(names))
            if names[0] == "crate":
                target = names[1]
            elif own and ups and ups >= len(own) and ups < len(names):
                target = names[ups]
            else:
                continue
            start = own[0] if own else "lib"
            if target != start and start != "lib":
                found.add((start, target if target in modules else "lib"))
    return found


def circles(crate: Path) -> list[set[str]]:
    """Returns the sets of top-level modules that import each other, directly or not."""
    reach: dict[str, set[str]] = {}
    for start, target in arrows(crate):
        reach.setdefault(start, set()).add(target)
        reach.setdefault(target, set())
    changed = True
    while changed:
        changed = False
        for start, targets in reach.items():
            more = set().union(*(reach[target] for target in targets)) - targets if targets else set()
            if more:
                targets |= more
                changed = True
    found = {frozenset(b for b in reach if b in reach[a] and a in reach[b]) for a in reach}
    return [set(circle) for circle in found if len(circle) > 1]


def sentences(text: str) -> list[str]:
    """Returns the sentences of all comments."""
    blocks, block, kind = [], [], ""
    for line in text.splitlines() + [""]:
        match = re.match(r"\s*(///|//!|//)\s?(.*)", line)
        mark = match.group(1) if match else ""
        if block and (mark != kind or not match.group(2).strip()):
            blocks.append(" ".join(block))
            block = []
        kind = mark
        if match and match.group(2).strip() and not match.group(2).startswith("#"):
            block.append(match.group(2).strip())
        elif not match and (trailing := re.search(r"[;,{})] // (.*)$", line)):
            blocks.append(trailing.group(1))
    parts = [re.split(r"(?<=[.!?:;])\s+(?=[A-Z`])", block) for block in blocks]
    return [part for block in parts for part in block if re.search(r"[a-z]{2}", part)]


def percentile(values: list[int], share: float) -> int:
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def main() -> None:
    top = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parent.parent
    spoken = []
    for crate in CRATES:
        texts = sources(top / crate / "src")
        lines = [text.count("\n") for text in texts.values()]
        spoken += [sentence for text in texts.values() for sentence in sentences(text)]
        wide = sum(len(line) > 100 for text in texts.values() for line in text.splitlines())
        print(
            f"{crate}: {len(lines)} files, lines a file: median {statistics.median(lines):g}, "
            f"p90 {percentile(lines, 0.9)}, max {max(lines)}; lines over 100 columns: {wide}"
        )
        if crate != "protocol":
            found = circles(top / crate / "src")
            inside = sum(
                start in circle and target in circle
                for start, target in arrows(top / crate / "src")
                for circle in found
            )
            print(
                f"  circles between top-level modules: {sorted(map(len, found), reverse=True)}; "
                f"imports inside circles: {inside}"
            )
    clauses = [sentence for sentence in spoken if CLAUSE.match(sentence)]
    print(
        f"comment sentences: {len(spoken)}; beginning with what, who, whether, how, where: "
        f"{len(clauses)} ({100 * len(clauses) / len(spoken):.1f} %)"
    )
    if "--list" in sys.argv:
        print("\n".join(clauses))


if __name__ == "__main__":
    main()
