"""The words of the site itself, in both languages."""

from collections.abc import Callable

from detente.faces.site import effort
from detente.faces.site.figures import TOTAL
from detente.faces.speech import Text

LANGUAGES = ("en", "zh")
TITLE = Text("AI incidents and near misses: {party}", "人工智能事件与险情：{party}")
SAID = {
    "withheld": Text("withheld", "不公布"),
    "month": Text("month", "月份"),
    "all": Text("all months", "合计"),
    TOTAL: Text("reports", "报告数"),
    "hours": Text("median hours from report to close", "从报告到结案的小时数（中位数）"),
    "domain": Text("by domain", "按领域"),
    "level": Text("by severity (0-7)", "按严重级别（0-7）"),
    "category": Text("by category", "按类别"),
    effort.NAME: Text("duplicated effort found", "发现的重复工作"),
    effort.DUPLICATE: Text("about the same event as another report", "与另一报告属同一事件"),
    effort.SINGLE: Text("about an event of its own", "单独事件"),
    "rule": Text(
        "A count above nothing and below {least} is withheld, and so is every count that would give it away."
        " The cases that are told here are taken away before a count is called large enough."
        " Reports are counted, not events: one that was found to be a duplicate of another still counts; one"
        " that was split counts as what it became.",
        "大于零而小于 {least} 的计数不公布；可据以推算出该数的其他计数亦不公布。"
        "判断计数是否足够大时，先扣除本网站已讲述的案例。"
        "计数对象为报告而非事件：经认定与另一报告重复的，仍予计入；已拆分的，按拆分后的各报告计入。",
    ),
    "check": Text("Check these figures and accounts", "核对这些数字与案例"),
    "data": Text("The figures and accounts as data", "数据文件"),
    "how": Text(
        "Every file is listed with its SHA-256 in the file manifest, which the node has signed. The figures"
        " follow from the accord's logs below the cut in data.json. Every node of the accord gets the same:",
        "每个文件及其 SHA-256 均列于 manifest 文件，并由节点签名。"
        "各项数字由协议日志在 data.json 所列截点之前的内容得出。协议的任一节点均可得出同样的数字：",
    ),
    "anyone": Text(
        "Without a node, with the accord's text alone: the signature and every file; that the pages say what"
        " data.json does; and that the words of each account are those which two officers or more of its"
        " author signed, which its author's log holds and others cosigned, and which it opened to all. The"
        " figures need the logs, and so does whether an account was withdrawn since. That an account is true,"
        " nobody can compute.",
        "没有节点、仅持协议文本亦可核对：签名与每个文件；各页面与 data.json 一致；"
        "每则案例的文字确由提供方两名以上官员签署，已载入其日志并经他方联署，且由其向所有人公开。"
        "核对数字、查明案例此后是否撤回，则须有日志。案例所述是否属实，无从以计算得知。",
    ),
    "hand": Text("Without our program, by hand, the files:", "不用本程序，亦可手工核对文件："),
    "none": Text("Nothing was reported yet.", "尚无报告。"),
    "digest": Text("month by month", "逐月摘要"),
    "quiet": Text("No report began in this month.", "本月没有新报告。"),
    "cases": Text("Closed cases, each told by the party whose it was", "已结案例（由当事方讲述）"),
    "untold": Text("No closed case is told in this month.", "本月没有讲述已结案例。"),
    "never": Text("No closed case is told yet.", "尚未讲述任何已结案例。"),
    "happened": Text("What happened", "事件经过"),
    "why": Text("Why", "原因"),
    "helped": Text("What helped", "起作用的措施"),
    "learnt": Text("What was learnt", "经验教训"),
    "signed": Text(
        "Told by the party {party}; two of its officers or more signed these words. Record {record}, ",
        "由 {party} 方讲述，其两名以上官员签署了上述文字。记录 {record}，",
    ),
    "voucher": Text("its voucher", "凭证"),
    "corrected": Text(
        "An account that stood here was corrected by its author in {since}. It is told anew there.",
        "原载于此的一则案例已由讲述方于 {since} 更正，并在该月重新讲述。",
    ),
    "withdrawn": Text(
        "An account that stood here was withdrawn in {since}: its author took it back, or the case goes on.",
        "原载于此的一则案例已于 {since} 撤下：讲述方已将其收回，或该案仍在处理。",
    ),
    "colon": Text(": ", "："),
    "noisy": Text("by field and category, with noise", "按领域和类别（含噪声）"),
    "noise": Text(
        "Exact counts in so many cells would give single reports away. So random noise was added to each"
        " (differential privacy, ε = {epsilon}): nineteen of twenty lie within {reach} of what is true, and"
        " what came out below zero is shown as 0. That bounds what this table tells about any one report. The"
        " publisher could not choose the noise: the parties of the accord draw the same from their logs.",
        "单元格众多，若公布精确计数，便会暴露个别报告，因此每个数字均加入随机噪声"
        "（差分隐私，ε = {epsilon}）：约百分之九十五的数字与真实值相差不超过 {reach}，"
        "低于零者显示为 0。由此，本表所能透露的任一报告的信息均有上限。"
        "噪声并非由发布方选定：协议各方依据各自的日志可得出相同的噪声。",
    ),
    "taken": Text("{spent} of a privacy budget of {budget} spent", "隐私预算共 {budget}，已使用 {spent}"),
    "corrects": Text("It corrects an account of {since}.", "本则更正 {since} 所载案例。"),
}

Say = Callable[..., str]


def speaker(number: int) -> Say:
    """Return what says a word of the site in the language of this number, with its holes filled."""

    def say(name: str, **holes: object) -> str:
        return SAID[name][number].format(**holes)

    return say
