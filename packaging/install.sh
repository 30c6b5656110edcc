#!/bin/sh
# Installs Detente from this folder: without a network, as a plain user, into one folder.
#
#   sh install.sh [--to FOLDER] [--python PYTHON] [--lang en|zh] [--check]
#
#   --to      a new folder for the program (~/detente)
#   --python  the Python to use; otherwise the one this pack was made for is looked for
#   --lang    the language of what is said; otherwise that of the machine
#   --check   only see whether it could be installed
#
# 本脚本从所在文件夹安装 Detente：不用网络，以普通用户身份，装入单个文件夹。
#
# Exit codes: 0 installed (or could be); 2 the words are not understood; 66 a file is not the one that was packed;
# 69 this machine lacks something. Nothing is written outside the folder, and a half-made one is removed.
set -eu
umask 022
unset PYTHONPATH PYTHONHOME
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd -P)
to="${HOME:-}/detente"
python=
only_check=
case "${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}" in zh*) lang=zh ;; *) lang=en ;; esac

said() { if [ "$lang" = zh ]; then printf '%s\n' "$2"; else printf '%s\n' "$1"; fi; }
refuse() { code=$1; shift; { said "install: $1" "安装：$2"; said "         $3" "      $4"; } >&2; exit "$code"; }
usage() { sed -n '2,/^# Exit/p' "$0" | sed -e 's/^# \{0,1\}//' -e '/^Exit/d'; }

while [ $# -gt 0 ]; do
  case $1 in
    --to | --python | --lang)
      [ $# -ge 2 ] || refuse 2 "$1 needs a value." "$1 需要一个值。" "See sh install.sh --help." "参见 sh install.sh --help。"
      case $1 in --to) to=$2 ;; --python) python=$2 ;; *) lang=$2 ;; esac
      shift ;;
    --check) only_check=yes ;;
    -h | --help) usage; exit 0 ;;
    *) refuse 2 "'$1' is not understood." "无法识别“$1”。" "See sh install.sh --help." "参见 sh install.sh --help。" ;;
  esac
  shift
done
case $to in
  /detente | '') refuse 2 "there is no home folder." "没有主文件夹。" "Name a folder: --to FOLDER." "请指定文件夹：--to FOLDER。" ;;
  /*) ;;
  *) to=$PWD/$to ;;
esac

# 1. The Python that the wheels were chosen for, with what makes an environment.
wanted=$(sed -n 's/^python //p' "$here/PLATFORM" 2>/dev/null) || wanted=
[ -n "$wanted" ] || refuse 66 "the file PLATFORM is missing or empty." "缺少 PLATFORM 文件，或其内容为空。" \
  "Unpack the whole archive again, and run install.sh inside it." "请重新完整解包，并在其中运行 install.sh。"
fits="import sys, venv, ensurepip; sys.exit('%d.%d' % sys.version_info[:2] != '$wanted')"
found=
if [ -n "$python" ]; then set -- "$python"
else set -- "python$wanted" python3 "/usr/bin/python$wanted" "/usr/local/bin/python$wanted"; fi
for name in "$@"; do
  if "$name" -I -c "$fits" >/dev/null 2>&1; then found=$name; break; fi
done
[ -n "$found" ] || refuse 69 "no Python $wanted with venv was found${python:+ at $python}." \
  "没有找到带 venv 的 Python $wanted${python:+（$python）}。" \
  "Install it from the machine's own medium (Debian: python$wanted and python$wanted-venv), or name it: --python PYTHON." \
  "请用本机的安装介质安装（Debian：python$wanted 与 python$wanted-venv），或用 --python PYTHON 指明。"

# 2. Every file is the one that was packed, the machine is of the kind, there is room, and the folder is new.
"$found" -I -B "$here/check.py" "$here" "$to" "$lang"
[ -z "$only_check" ] || { said "It can be installed into $to." "可以装入 $to。"; exit 0; }

# 3. Wheels from this folder and no other place, each by its hash. What goes wrong leaves nothing behind.
undo() { code=$?; trap - EXIT; rm -rf "$to"; { said "install: nothing was installed." "安装：未装入任何内容。"; } >&2; exit "$code"; }
trap undo EXIT
trap 'exit 130' INT TERM HUP
PIP_CONFIG_FILE=/dev/null
export PIP_CONFIG_FILE
"$found" -I -m venv "$to" || exit 69
"$to/bin/python" -I -m pip --isolated --quiet --no-cache-dir --disable-pip-version-check install --no-index \
  --find-links "$here/wheels" --only-binary :all: --require-hashes \
  -r "$here/requirements.lock" -r "$here/detente.lock" || exit 69

# 4. It runs.
version=$("$to/bin/detente" --version)
trap - EXIT
said "Detente $version is installed. Its command: $to/bin/detente" "Detente $version 已装好。命令：$to/bin/detente"
