"""The verdicts of standing, as people read them."""

from detente.faces.speech import Text

VERDICTS = {
    "kept": Text("kept", "已履行"),
    "excused": Text("excused", "免责"),
    "owed": Text("owed", "待履行"),
    "overdue": Text("overdue", "逾期未履行"),
    "missed": Text("missed", "未按时履行"),
    "disputed": Text("disputed", "有争议"),
    "unobservable": Text("unobservable", "无法观察"),
    "forked": Text("forked", "日志分叉"),
}
