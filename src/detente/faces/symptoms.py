"""The symptoms in words: what the doctor found and what to do about it, in English and Chinese.

Each line is a form that the facts of a finding fill in; numbers of milliseconds are shown as times. A test
holds that every symptom has its words, and that they ask for no fact that a finding lacks.
"""

from datetime import UTC, datetime

from detente.faces import awaited, confided
from detente.faces.sentence import reason
from detente.faces.speech import Text
from detente.node.finding import Finding, Symptom

TIMES = frozenset(["since", "at", "due"])
SPANS = frozenset(["by"])

WORDS: dict[Symptom, tuple[Text, Text]] = {
    **awaited.WORDS,
    **confided.WORDS,
    "open-to-others": (
        Text("Others can read or change {path} (mode {mode}).", "他人可读取或更改 {path}（权限 {mode}）。"),
        Text(
            "Run: chmod {mend} {path}. If it is a key that others may have read, rotate it.",
            "运行：chmod {mend} {path}。如系密钥且可能已被他人读取，请轮换。",
        ),
    ),
    "wrong-owner": (
        Text(
            "{path} belongs to account {uid}, the home to account {owner}.",
            "{path} 属于账户 {uid}，主目录属于账户 {owner}。",
        ),
        Text(
            "Run as root: chown {owner} {path}. Start the node and its commands as that account only.",
            "以 root 运行：chown {owner} {path}。节点及其命令只应以该账户运行。",
        ),
    ),
    "settings-unreadable": (
        Text("The settings of {path} cannot be read: {why}", "{path} 的设置无法读取：{why}"),
        Text("Mend node.json, or take it from a backup.", "修正 node.json，或从备份中取回。"),
    ),
    "no-answer": (
        Text(
            "Process {pid} holds {path} and does not answer at its door.",
            "进程 {pid} 占用 {path}，但在其入口处没有应答。",
        ),
        Text(
            "Read its log. If it hangs, end it (kill {pid}) and start the node again: nothing that was "
            "acknowledged is lost.",
            "查看其日志。如已停止响应，请结束它（kill {pid}）并重新启动节点；已确认的内容不会丢失。",
        ),
    ),
    "disk-short": (
        Text(
            "{free} bytes are free at {path}; {wanted} are wanted.",
            "{path} 剩余 {free} 字节，应有 {wanted} 字节。",
        ),
        Text(
            "Free space or enlarge the disk. A full disk stops the node; it loses nothing.",
            "腾出空间或扩充磁盘。磁盘写满会使节点停止，但不会丢失内容。",
        ),
    ),
    "read-only": (
        Text("{path} cannot be written to.", "{path} 不可写入。"),
        Text(
            "Look at the system's log for disk errors, mount it for writing, and start the node again.",
            "在系统日志中查看磁盘错误，以可写方式重新挂载，再启动节点。",
        ),
    ),
    "leftover": (
        Text(
            "{path} was left by process {pid}, which died while it wrote.",
            "{path} 由进程 {pid} 写到一半时中断而遗留。",
        ),
        Text("Remove it: rm {path}. Nobody reads it.", "删除即可：rm {path}。没有程序会读取它。"),
    ),
    "journal-not-its-own": (
        Text(
            "The database was changed {seconds} s after its journal {path}: if it was put there from "
            "elsewhere, "
            "the journal is not its own and would be replayed into it.",
            "数据库在其预写日志 {path} 之后 {seconds} 秒被更改：若数据库系从别处放入，该日志并不属于它，"
            "启动时却会被写入其中。",
        ),
        Text(
            "Do not start the node. If a database was copied here, move this home away and use "
            "`detente restore`. If only modes or owners were changed, start the node.",
            "不要启动节点。若曾将数据库复制到此处，请移走此主目录并使用 `detente restore`。"
            "若只更改过权限或属主，可照常启动。",
        ),
    ),
    "database-broken": (
        Text("The database {path} is not whole: {why}.", "数据库 {path} 不完整：{why}。"),
        Text(
            "Do not work on it. Keep a copy for inquiry, and restore a backup into a new home: "
            "`detente restore`.",
            "不要继续使用。保留副本以备查验，并用 `detente restore` 将备份恢复到新的主目录。",
        ),
    ),
    "accord-unusable": (
        Text(
            "The accord in {path} cannot be used: {why} [{step}]", "{path} 中的协议无法使用：{why} [{step}]"
        ),
        Text(
            "Install the accord that all officers signed, and the editions that it pins.",
            "安装全体官员签署的协议，以及其中锁定的版本。",
        ),
    ),
    "below-second-place": (
        Text(
            "The database has {held} leaves of {log}; what was signed of it, {signed} leaves, is not "
            "among them.",
            "数据库中 {log} 有 {held} 个条目，与已签署的 {signed} 个条目不符。",
        ),
        Text(
            "This database is older than what was signed, or another. The node will not sign. Restore "
            "the newest "
            "backup with `detente restore`: it fetches its own log back from the others.",
            "该数据库早于已签署的内容，或并非同一数据库。节点不会签名。用 `detente restore` 恢复最新备份，"
            "节点会从其他各方取回自己的日志。",
        ),
    ),
    "second-place-missing": (
        Text(
            "{log} was signed at {signed} leaves, and the second place (signed/) does not have it.",
            "{log} 已签至 {signed} 个条目，而第二存放处（signed/）中没有。",
        ),
        Text(
            "Somebody removed it: find out who. Without it an old database would not be noticed. "
            "Bring it back from the newest backup before you start the node.",
            "有人将其删除：请查明。缺少它，旧数据库将无法被察觉。启动节点前，请从最新备份中取回。",
        ),
    ),
    "tree-differs": (
        Text(
            "{count} files of {log} in the static tree are not what the database gives, {first} first.",
            "静态树中 {log} 有 {count} 个文件与数据库不一致，首个为 {first}。",
        ),
        Text(
            "Stop and start the node: it makes the tree again from the database. If it returns, ask "
            "who writes there.",
            "停止并重新启动节点，它会根据数据库重建静态树。若再次出现，请查明何人在该处写入。",
        ),
    ),
    "keys-not-the-accords": (
        Text(
            "The {roles} keys of this home do not act for its party in {domain}: {why}.",
            "此主目录的 {roles} 密钥在 {domain} 域中不代表本方：{why}。",
        ),
        Text(
            "Bring back the right keys, or let the officers put these into the next charter.",
            "取回正确的密钥，或由官员将现有密钥写入下一份章程。",
        ),
    ),
    "key-lapsed": (
        Text(
            "A key of {party} ({holder}, {domain}) expired at {since}.",
            "{party} 的密钥（{holder}，{domain}）已于 {since} 到期。",
        ),
        Text(
            "Its officers make the next charter. Until it is logged, nothing that this key signs stands.",
            "由其官员制定下一份章程；在章程入日志之前，该密钥所签内容不成立。",
        ),
    ),
    "key-lapses": (
        Text(
            "A key of {party} ({holder}, {domain}) expires at {at}.",
            "{party} 的密钥（{holder}，{domain}）将于 {at} 到期。",
        ),
        Text("Its officers make the next charter before that.", "由其官员在此之前制定下一份章程。"),
    ),
    "no-key-to-seal-to": (
        Text(
            "The newest key to which others seal in {domain} ended at {since}: nothing can be released "
            "to us.",
            "{domain} 域中供他人密封的最新密钥已于 {since} 失效：无法向本方开示任何内容。",
        ),
        Text("Start the node: it announces the next one by itself.", "启动节点，它会自行公布下一个密钥。"),
    ),
    "clock-behind": (
        Text(
            "This machine's clock stands {by} before what was already written ({than}).",
            "本机时钟比已写入的内容（{than}）慢 {by}。",
        ),
        Text(
            "Set the clock right (timedatectl). Until then the node writes nothing, and loses nothing.",
            "校正时钟（timedatectl）。在此之前节点不写入任何内容，也不丢失内容。",
        ),
    ),
    "clock-ahead": (
        Text(
            "Another party logged that it had seen a record of ours {by} before the time that we wrote "
            "in it.",
            "另一方在日志中记载的收到时间，比本方记录所署时间早 {by}。",
        ),
        Text(
            "Compare this machine's clock with a reference (timedatectl). Records dated ahead stay as "
            "they are.",
            "将本机时钟与标准时间核对（timedatectl）。已署的超前时间不会更改。",
        ),
    ),
    "peer-away": (
        Text(
            "{party} ({domain}) does not answer since {since}: {why}",
            "{party}（{domain}）自 {since} 起没有应答：{why}",
        ),
        Text("Wait; the node asks again each round, and catches up.", "等待即可；节点每轮重试，并会补齐。"),
    ),
    "peer-lost": (
        Text(
            "{party} ({domain}) does not answer for more than a day, since {since}: {why}",
            "{party}（{domain}）已超过一天没有应答，自 {since} 起：{why}",
        ),
        Text(
            "Ask its operator, by another way than this node; look at the network and at `peers` in "
            "node.json.",
            "通过本节点以外的途径询问其运行人员；检查网络以及 node.json 中的 `peers`。",
        ),
    ),
    "refusals-kept": (
        Text(
            "Refused in {domain}, and kept: {count} of what claims to be {party}'s.",
            "{domain} 域中有 {count} 项自称来自 {party} 的内容被拒绝，并已留存。",
        ),
        Text(
            "Read them (`detente status --json` counts them; the log has a line for each) and ask "
            "{party} about them.",
            "予以查阅（`detente status --json` 给出数目，日志中每项一行），并向 {party} 查询。",
        ),
    ),
    "log-forked": (
        Text(
            "{log} has two histories; the proof is the evidence {evidence}.",
            "{log} 有两段历史；证明为证据 {evidence}。",
        ),
        Text(
            "Show the proof to your officers and to the other parties. The log is refused from there on.",
            "将证明出示给本方官员及其他各方。该日志自此不再被接受。",
        ),
    ),
    "bodies-missing": (
        Text(
            "{count} bodies of {log} are not here, the first at {first}.",
            "{log} 有 {count} 项正文未持有，首项位于 {first}。",
        ),
        Text(
            "The node asks every holder each round. If it stays so, ask the author: it owes them.",
            "节点每轮向各持有方索取。若长期如此，请询问作者：提供正文是其义务。",
        ),
    ),
    "duty-overdue": (
        Text(
            "A duty of this party is over: {clause} ({domain}), due {due}, from {base}.",
            "本方一项义务已逾期：{clause}（{domain}），期限 {due}，起因 {base}。",
        ),
        Text(
            "Do what the clause asks for; late performance clears *overdue*.",
            "按该条款履行；逾期履行可消除“逾期”状态。",
        ),
    ),
    "duty-near": (
        Text(
            "A duty of this party ends soon: {clause} ({domain}), due {due}, from {base}.",
            "本方一项义务即将到期：{clause}（{domain}），期限 {due}，起因 {base}。",
        ),
        Text("Do what the clause asks for, in time.", "按期履行该条款。"),
    ),
    "recovering": (
        Text(
            "This home was restored; its own log ({domain}, {held} leaves) is not back from the others yet.",
            "此主目录由备份恢复；本方日志（{domain}，{held} 个条目）尚未从其他各方取回。",
        ),
        Text(
            "Keep the node running: it signs nothing until every other party was asked. Name those that will "
            "never answer: `detente restore --without`.",
            "保持节点运行：在询问所有其他各方之前，它不会签名。"
            "确定不会应答的各方，用 `detente restore --without` 指明。",
        ),
    ),
    "tls-unfit": (
        Text("TLS as it is set cannot work: {why}", "当前的 TLS 设置无法工作：{why}"),
        Text(
            "Mend that; `detente tls list` shows the certificates here and those that are pinned.",
            "请按上文修正；`detente tls list` 列出本节点的证书以及已固定的证书。",
        ),
    ),
    "tls-ended": (
        Text("The TLS certificate of {party} ended at {at}.", "{party} 的 TLS 证书已于 {at} 过期。"),
        Text(
            "If it is ours: `detente tls make`, give it to the others, `detente tls turn`. If it is theirs: "
            "ask for the new one and pin it (`detente tls pin`).",
            "若为本方证书：运行 `detente tls make`，将其交给各方，再运行 `detente tls turn`。"
            "若为对方证书：索取新证书并固定（`detente tls pin`）。",
        ),
    ),
    "tls-ends": (
        Text("The TLS certificate of {party} ends at {at}.", "{party} 的 TLS 证书将于 {at} 到期。"),
        Text(
            "Its owner makes the next (`detente tls make`); the others pin both; then `detente tls turn`.",
            "由其所有者生成下一张（`detente tls make`）；其他各方同时固定两张；随后运行 `detente tls turn`。",
        ),
    ),
    "sunset-near": (
        Text(
            "The pillar {pillar} ({domain}) ends by itself at {at}.",
            "领域 {pillar}（{domain}）将于 {at} 自动终止。",
        ),
        Text(
            "If it is to go on, all sides sign a version with a later sunset before then: "
            "`detente accord assemble TEXT --after SIGNED`.",
            "如需延续，各方须在此之前签署终止日期更晚的新版："
            "`detente accord assemble 文本 --after 现行版本`。",
        ),
    ),
    "sunset-past": (
        Text(
            "The pillar {pillar} ({domain}) ended at {at}: nothing of it is tabled or released.",
            "领域 {pillar}（{domain}）已于 {at} 终止：不再提交或开示其任何内容。",
        ),
        Text(
            "Ask your officers whether a new version is to bring it back.",
            "请询问本方官员是否以新版恢复该领域。",
        ),
    ),
    "officer-unreached": (
        Text(
            "{domain}: no officer was reached about {record} of {party}, which has to be read back by {due}.",
            "{domain}：关于 {party} 的 {record}，未能联系到任何官员；该电文须在 {due} 之前复诵。",
        ),
        Text(
            "Telephone now: detente channel voice {record} has the numbers and the words to say.",
            "请立即致电：detente channel voice {record} 给出号码和应说的话。",
        ),
    ),
    "call-failed": (
        Text(
            "{domain}: {count} calls of officers did not get through; the last, of {officer} by {way}: {why}",
            "{domain}：{count} 次呼叫官员未成功；最近一次是以 {way} 呼叫 {officer}：{why}",
        ),
        Text(
            "See detente channel calls, and mend the way or the rota. The next officer is called meanwhile.",
            "查看 detente channel calls，修复该途径或值班表。系统会继续呼叫下一位官员。",
        ),
    ),
}


def told(finding: Finding) -> tuple[Text, Text]:
    """Return what is wrong and what to do, in both languages."""
    facts = {name: _shown(name, value) for name, value in finding.facts.items()}
    what, remedy = WORDS[finding.symptom]
    own = facts | ({"why": reason(facts["why"])} if "why" in facts else {})
    return (
        Text(what.en.format(**facts), what.zh.format(**own)),
        Text(remedy.en.format(**facts), remedy.zh.format(**own)),
    )


def _shown(name: str, value: str) -> str:
    if name in TIMES and value.lstrip("-").isdigit():
        return datetime.fromtimestamp(int(value) / 1000, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
    if name in SPANS and value.isdigit():
        return f"{int(value) / 1000:.0f} s"
    return value
