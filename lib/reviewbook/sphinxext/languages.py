"""Pages in another language: the words of their furniture, and the way to them and back.

A page says in its front matter of which page it is the translation (``translation_of: index``);
both then carry a link to the other in the header, and ``hreflang`` in the head.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from .citing.page import edition_of, page_language

NAMES = {"": "English", "zh-Hans": "中文"}
"""What a language calls itself, by the language of a page; empty is that of the book."""

# Of what stands on every page. What is not here stays English and is marked as English.
_CHINESE = {
    "Mirrors": "对应原文",
    "{}, in the article": "原文{}",
    " (presumed: only its abstract was read)": "（推定：仅读到其摘要）",
    ", ": "，",
    "Abstract": "摘要",
    "Where each number on this page comes from": "本页每个数字的来源（英文）",
    "no section of the article": "原文无对应部分",
    "Verdict": "判定",
    "Found": "所见",
    "Data": "数据",
    "Code": "代码",
    "Result": "结果",
    "Code and result": "代码与结果",
    "Edition": "版次",
    "Cite this chapter": "引用本章",
    "Cite this book": "引用本书",
    "Version, commit and hashes": "版本、提交与哈希值",
    "Version": "版本",
    "Commit": "提交",
    "Revision": "修订",
    "Source": "源文件",
    "Outputs": "输出",
    "date unknown": "日期未知",
    "Download": "下载",
    "none: its cells compute numbers that stand in the text": "无：代码只计算正文中的数字",
    "Cite a figure or table of this page": "引用本页的图或表",
    "On this page": "本页内容",
    "Show code": "显示代码",
    "Use this page": "使用本页",
    "Download this chapter as an executed notebook": "下载本章已执行的笔记本",
    "Download its source": "下载本页源文件",
    "Run on Binder": "在 Binder 上运行",
    "Open in Colab": "在 Colab 中打开",
    "Repository": "代码仓库",
    "View the source": "查看源文件",
    "Suggest an edit": "提出修改",
    "Report an error on this page": "报告本页的错误",
    "This figure in words": "本图的文字说明",
    "The call that draws it": "绘制本图的代码",
    "Show the table": "显示表格",
    "Where its numbers come from": "数字的来源",
    "{} of {}": "{}：{}",
}


def furniture(language: str) -> dict[str, str]:
    """Return the words of the furniture of pages in `language` by the English ones."""
    return _CHINESE if language == "zh-Hans" else {word: word for word in _CHINESE}


def words_of_page(docname: str) -> dict[str, str]:
    """Return the words of the furniture of page `docname` by the English ones."""
    return furniture(page_language(docname))


def english(text: str, docname: str) -> nodes.Node:
    """Return English text, marked as such on a page in another language."""
    if not page_language(docname):
        return nodes.Text(text)
    return nodes.inline(text, text, classes=["language-en"])  # docutils makes it `lang`


def translations(app: Sphinx, docname: str) -> Iterator[str]:
    """Yield the pages that say the same as page `docname` in another language."""
    named = {
        page: str(meta["translation_of"])
        for page, meta in app.env.metadata.items()
        if meta.get("translation_of")
    }
    original = named.get(docname, docname)
    together = [original, *(page for page, of in sorted(named.items()) if of == original)]
    yield from (page for page in together if page != docname and page in app.env.all_docs)


def add_translations(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    """Give the template the words of the page and its translations."""
    edition, pathto = edition_of(app), context["pathto"]
    context["rb_words"] = words_of_page(pagename)
    context["rb_translations"] = [
        {
            "code": page_language(page) or str(app.config.language),
            "name": NAMES[page_language(page)],
            "title": app.env.titles[page].astext(),
            "href": pathto(page),
            # Search engines want a whole address; without one the relative has to do.
            "address": edition.url(page) or pathto(page),
        }
        for page in translations(app, pagename)
    ]


def setup(app: Sphinx) -> None:
    """Connect to the making of pages."""
    app.connect("html-page-context", add_translations)
