"""The page of the API: every operation of the OpenAPI document, without scripts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from guomen.core.text import Text
from guomen.desks.api.v1 import api
from guomen.journeys.intake import COLUMNS

_WORDS = {
    "title": Text(zh="程序接口", en="The API"),
    "lead": Text(
        zh="报检数据进，带理由的裁定出。程序用令牌：Authorization: Bearer gm_…；登录的人用会话，"
        "写操作带 X-CSRFToken。句子的语言由 Accept-Language 决定。",
        en="Declarations in, explained rulings out. Programs send a token: Authorization: Bearer "
        "gm_…; signed-in people use their session, with X-CSRFToken for writes. Accept-Language "
        "chooses the language of sentences.",
    ),
    "document": Text(zh="OpenAPI 文档", en="OpenAPI document"),
    "parameters": Text(zh="参数", en="Parameters"),
    "body": Text(zh="请求体", en="Body"),
    "columns": Text(zh="报检数据的各项", en="The columns of a declaration"),
    "required": Text(zh="必填", en="required"),
    "open": Text(zh="无需登录", en="open to everybody"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One operation as the page shows it."""

    anchor: str
    method: str
    path: str
    summary: str
    says: str
    parameters: tuple[dict[str, Any], ...]
    kinds: tuple[str, ...]
    example: str
    open: bool


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """Show every operation."""
    context = {"operations": list(_operations()), "words": _WORDS, "columns": COLUMNS}
    return render(request, "api/docs.html", context)


def _operations() -> Iterator[Operation]:
    schema = api.get_openapi_schema()
    for path, methods in schema["paths"].items():
        for method, found in methods.items():
            content = found.get("requestBody", {}).get("content", {})
            examples = [kind["example"] for kind in content.values() if "example" in kind]
            yield Operation(
                anchor=found["operationId"],
                method=method.upper(),
                path=path,
                summary=found.get("summary", ""),
                says=found.get("description", ""),
                parameters=tuple(found.get("parameters", ())),
                kinds=tuple(content),
                example=orjson.dumps(examples[0], option=orjson.OPT_INDENT_2).decode()
                if examples
                else "",
                open="security" not in found,
            )
