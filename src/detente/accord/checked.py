"""The wire form of CEL's checked syntax tree: checked.proto and syntax.proto, in the parts that we read.

The runtime gives a compiled rule back as these bytes. Its Python package ships no generated code for them,
so the descriptors are built here, field numbers as published by the CEL specification (cel-spec,
proto/cel/expr).
"""

from typing import Any

from google.protobuf import any_pb2, descriptor_pb2, descriptor_pool, message_factory

PACKAGE = "cel.expr"
TYPE_URL = "type.googleapis.com/cel.expr.CheckedExpr"
_F = descriptor_pb2.FieldDescriptorProto
_SCALARS = {
    "int64": _F.TYPE_INT64,
    "int32": _F.TYPE_INT32,
    "uint64": _F.TYPE_UINT64,
    "double": _F.TYPE_DOUBLE,
}
_SCALARS |= {"bool": _F.TYPE_BOOL, "string": _F.TYPE_STRING, "bytes": _F.TYPE_BYTES}

# message -> field -> "number type"; a leading * is repeated, a leading = is a member of the message's oneof.
# An enumeration reads as int32, and an empty or unread message as bytes: the wire type is the same.
LAYOUT = {
    "Expr": {
        "id": "2 int64",
        "const_expr": "=3 Constant",
        "ident_expr": "=4 Ident",
        "select_expr": "=5 Select",
        "call_expr": "=6 Call",
        "list_expr": "=7 CreateList",
        "struct_expr": "=8 bytes",
        "comprehension_expr": "=9 Comprehension",
    },
    "Ident": {"name": "1 string"},
    "Select": {"operand": "1 Expr", "field": "2 string", "test_only": "3 bool"},
    "Call": {"target": "1 Expr", "function": "2 string", "args": "*3 Expr"},
    "CreateList": {"elements": "*1 Expr", "optional_indices": "*2 int32"},
    "Comprehension": {
        "iter_var": "1 string",
        "iter_range": "2 Expr",
        "accu_var": "3 string",
        "accu_init": "4 Expr",
        "loop_condition": "5 Expr",
        "loop_step": "6 Expr",
        "result": "7 Expr",
        "iter_var2": "8 string",
    },
    "Constant": {
        "null_value": "=1 int32",
        "bool_value": "=2 bool",
        "int64_value": "=3 int64",
        "uint64_value": "=4 uint64",
        "double_value": "=5 double",
        "string_value": "=6 string",
        "bytes_value": "=7 bytes",
        "duration_value": "=8 bytes",
        "timestamp_value": "=9 bytes",
    },
    "Type": {
        "dyn": "=1 bytes",
        "null": "=2 int32",
        "primitive": "=3 int32",
        "wrapper": "=4 int32",
        "well_known": "=5 int32",
        "list_type": "=6 ListType",
        "map_type": "=7 MapType",
        "function": "=8 bytes",
        "message_type": "=9 string",
        "type_param": "=10 string",
        "type": "=11 bytes",
        "error": "=12 bytes",
        "abstract_type": "=14 bytes",
    },
    "ListType": {"elem_type": "1 Type"},
    "MapType": {"key_type": "1 Type", "value_type": "2 Type"},
    "TypeEntry": {"key": "1 int64", "value": "2 Type"},
    "PositionEntry": {"key": "1 int64", "value": "2 int32"},
    "MacroEntry": {"key": "1 int64", "value": "2 Expr"},
    "SourceInfo": {
        "line_offsets": "*3 int32",
        "positions": "*4 PositionEntry",
        "macro_calls": "*5 MacroEntry",
    },
    "CheckedExpr": {"type_map": "*3 TypeEntry", "source_info": "5 SourceInfo", "expr": "4 Expr"},
}


def _file() -> descriptor_pb2.FileDescriptorProto:
    file = descriptor_pb2.FileDescriptorProto(name="detente/checked.proto", package=PACKAGE, syntax="proto3")
    for name, layout in LAYOUT.items():
        message = file.message_type.add(name=name)
        if any(spec.startswith("=") for spec in layout.values()):
            message.oneof_decl.add(name="kind")
        for field, spec in layout.items():
            number, kind = spec.lstrip("*=").split()
            added = message.field.add(name=field, number=int(number), label=_F.LABEL_OPTIONAL)
            added.type = _SCALARS.get(kind, _F.TYPE_MESSAGE)
            if added.type == _F.TYPE_MESSAGE:
                added.type_name = f".{PACKAGE}.{kind}"
            if spec.startswith("*"):
                added.label = _F.LABEL_REPEATED
            if spec.startswith("="):
                added.oneof_index = 0
    return file


_pool = descriptor_pool.DescriptorPool()
_pool.Add(_file())
_CheckedExpr = message_factory.GetMessageClass(_pool.FindMessageTypeByName(f"{PACKAGE}.CheckedExpr"))


def parse(serialized: bytes) -> Any:  # noqa: ANN401 (the class exists only at run time)
    """Read what `Expression.serialize()` gives: an Any that holds a CheckedExpr."""
    return _CheckedExpr.FromString(any_pb2.Any.FromString(serialized).value)
