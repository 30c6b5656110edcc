"""What `install.sh` asks before it writes anything: `python3 -I check.py PACK TARGET [en|zh]`.

It stands alone, on the machine's own Python. It answers 0, or says what is wrong and what to do and answers
66 (a file is not the one that was packed) or 69 (this machine lacks something).

    pack.1  every file of SHA256SUMS is there, with its digest, and no other file lies beside them
    pack.2  the machine is of the kind that the wheels were chosen for
    pack.3  the folder to install into is new
    pack.4  there is room
"""

import hashlib
import os
import platform
import shutil
import sys
import sysconfig
from pathlib import Path

CHANGED, LACKING = 66, 69
SUMS = "SHA256SUMS"


class NotFit(Exception):
    """It cannot be installed: exit code, and two sentences in both languages."""

    def __init__(self, code: int, wrong: tuple[str, str], remedy: tuple[str, str]) -> None:
        super().__init__(wrong[0])
        self.code = code
        self.wrong = wrong
        self.remedy = remedy


def main(words: list[str]) -> int:
    """Make the four checks; return an exit code."""
    pack, target = Path(words[0]), Path(words[1])
    tongue = 1 if words[2:] == ["zh"] else 0
    try:
        whole(pack)
        traits = dict(line.split(" ", 1) for line in (pack / "PLATFORM").read_text("utf-8").splitlines())
        kind(traits)
        new(target)
        roomy(target, int(traits["bytes"]))
    except NotFit as refusal:
        heads = (("install: ", "         "), ("安装：", "      "))[tongue]
        print(heads[0] + refusal.wrong[tongue], file=sys.stderr)
        print(heads[1] + refusal.remedy[tongue], file=sys.stderr)
        return refusal.code
    return 0


def whole(pack: Path) -> None:
    """pack.1: what lies here is what was packed."""
    again = (
        "Copy the pack again, and compare the digest of SHA256SUMS with the one that its maker tells you.",
        "请重新复制安装包，并把 SHA256SUMS 的摘要与制作者另行告知的摘要比对。",
    )
    try:
        lines = (pack / SUMS).read_text("ascii").splitlines()
        listed = {name: digest for digest, name in (line.split("  ", 1) for line in lines)}
    except (OSError, ValueError) as error:
        wrong = f"pack.1: {SUMS} cannot be read.", f"pack.1：{SUMS} 无法读取。"
        raise NotFit(CHANGED, wrong, again) from error
    here = {str(path.relative_to(pack)) for path in pack.rglob("*") if not path.is_dir()} - {SUMS}
    for name in sorted(listed.keys() | here):
        if name not in listed:
            wrong = f"pack.1: {name} was not packed.", f"pack.1：{name} 不在打包之列。"
        elif name not in here:
            wrong = f"pack.1: {name} is missing.", f"pack.1：缺少 {name}。"
        elif hashlib.sha256((pack / name).read_bytes()).hexdigest() != listed[name]:
            wrong = f"pack.1: {name} was changed.", f"pack.1：{name} 已被改动。"
        else:
            continue
        raise NotFit(CHANGED, wrong, again)


def here() -> dict[str, str]:
    """Return what this machine is, in the words of PLATFORM."""
    return {
        "python": "{}.{}".format(*sys.version_info),
        "abi": str(sysconfig.get_config_var("SOABI")),
        "machine": f"{platform.system()} {platform.machine()}",
        "glibc": ".".join((platform.libc_ver()[1] or "0").split(".")[:2]),
    }


def kind(traits: dict[str, str]) -> None:
    """pack.2: the wheels run here."""
    mine = here()
    for trait in ("python", "abi", "machine", "glibc"):
        fits = mine[trait] == traits[trait]
        if trait == "glibc":
            fits = numbers(mine[trait]) >= numbers(traits[trait])
        if not fits:
            raise NotFit(
                LACKING,
                (
                    f"pack.2: this pack is for {trait} {traits[trait]}; here it is {mine[trait]}.",
                    f"pack.2：此安装包适用于 {trait} {traits[trait]}；本机为 {mine[trait]}。",
                ),
                (
                    "Ask for a pack that was made on a machine like this one: ./run pack.",
                    "请索取在同类机器上用 ./run pack 制作的安装包。",
                ),
            )


def numbers(version: str) -> list[int]:
    """Return a version's numbers."""
    return [int(part) for part in version.split(".")]


def new(target: Path) -> None:
    """pack.3: nothing is overwritten, and its parent can be written to."""
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise NotFit(
            LACKING,
            (f"pack.3: something lies at {target} already.", f"pack.3：{target} 处已有内容。"),
            ("Name a new folder: --to FOLDER.", "请指定新文件夹：--to FOLDER。"),
        )
    if not os.access(nearest(target), os.W_OK | os.X_OK):
        raise NotFit(
            LACKING,
            (f"pack.3: {nearest(target)} cannot be written to.", f"pack.3：{nearest(target)} 不可写。"),
            ("Name a folder of your own: --to FOLDER.", "请指定自己可写的文件夹：--to FOLDER。"),
        )


def roomy(target: Path, needed: int) -> None:
    """pack.4: what is installed has room."""
    free = shutil.disk_usage(nearest(target)).free
    if free < needed:
        mega = 1_000_000
        raise NotFit(
            LACKING,
            (
                f"pack.4: {needed // mega} MB are needed at {target}; {free // mega} MB are free.",
                f"pack.4：{target} 处需要 {needed // mega} MB；可用 {free // mega} MB。",
            ),
            ("Free space, or name another disk: --to FOLDER.", "请腾出空间，或改用其他磁盘：--to FOLDER。"),
        )


def nearest(target: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(one for one in (target, *target.parents) if one.is_dir())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
