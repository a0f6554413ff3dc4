"""Which formulas show all of their source: GitHub draws LaTeX, and LaTeX can hide what it says.

A formula is plain if it is made of commands that draw something ordinary; there are more ways to hide something than
anybody could list. Where GitHub sees a formula is not documented either, so each place counts that could be one.
"""

from __future__ import annotations

import html
import re

from bot.core.markdown import code_spans

NOT_SHOWN = "[a formula that may hide a part of its source, left out]"

_COMMANDS = frozenset(
    (
        # Greek
        *("alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota"),
        *("kappa", "lambda", "mu", "nu", "xi", "pi", "varpi", "rho", "varrho", "sigma", "varsigma", "tau", "upsilon"),
        *("phi", "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon"),
        *("Phi", "Psi", "Omega"),
        # letters and accents
        *("text", "textbf", "textit", "textrm", "texttt", "mathrm", "mathbf", "mathit", "mathsf", "mathtt", "mathbb"),
        *("mathcal", "mathfrak", "boldsymbol", "operatorname", "hat", "widehat", "bar", "overline", "underline", "vec"),
        *("tilde", "widetilde", "dot", "ddot", "ell", "hbar", "imath", "jmath", "Re", "Im", "aleph", "partial"),
        # functions and large operators
        *("sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log", "ln"),
        *("lg", "exp", "lim", "limsup", "liminf", "max", "min", "sup", "inf", "arg", "det", "dim", "gcd", "ker", "Pr"),
        *("mod", "bmod", "pmod", "sum", "prod", "coprod", "int", "iint", "iiint", "oint", "bigcup", "bigcap"),
        *("bigoplus", "bigotimes", "bigvee", "bigwedge", "limits", "nolimits"),
        # relations, operators, arrows
        *("le", "leq", "ge", "geq", "ne", "neq", "ll", "gg", "approx", "equiv", "sim", "simeq", "cong", "propto"),
        *("in", "notin", "ni", "subset", "subseteq", "supset", "supseteq", "mid", "parallel", "perp", "models"),
        *("vdash", "prec", "succ", "preceq", "succeq", "times", "cdot", "div", "pm", "mp", "ast", "star", "circ"),
        *("bullet", "oplus", "otimes", "cup", "cap", "setminus", "wedge", "vee", "land", "lor", "neg", "lnot", "to"),
        *("gets", "mapsto", "rightarrow", "leftarrow", "leftrightarrow", "Rightarrow", "Leftarrow", "Leftrightarrow"),
        *("longrightarrow", "longleftarrow", "Longrightarrow", "implies", "iff", "uparrow", "downarrow", "forall"),
        *("exists", "nexists", "emptyset", "varnothing", "infty", "nabla", "angle", "triangle", "therefore", "because"),
        # shapes
        *("frac", "dfrac", "tfrac", "binom", "sqrt", "overbrace", "underbrace", "overset", "underset", "stackrel"),
        *("left", "right", "middle", "big", "Big", "bigg", "Bigg", "bigl", "bigr", "Bigl", "Bigr", "langle", "rangle"),
        *("lfloor", "rfloor", "lceil", "rceil", "lbrace", "rbrace", "lvert", "rvert", "lVert", "rVert", "vert", "Vert"),
        *("dots", "ldots", "cdots", "vdots", "ddots", "quad", "qquad", "prime", "colon", "begin", "end"),
    )
)
_SIGNS = frozenset("\\{},;:|$#_&% \n")
_ENVIRONMENTS = frozenset(
    ("matrix", "pmatrix", "bmatrix", "vmatrix", "Vmatrix", "cases", "aligned", "align", "align*", "gathered", "split")
)
_COMMAND = re.compile(r"\\([A-Za-z]+|.|\Z)", re.DOTALL)
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*(?:\{([^{}]*)\}(\s*\[)?)?")
_OPTION = re.compile(r"\\\\\s*[*\[]")  # the height of a row, which is not drawn
_COMMENT = re.compile(r"(?<!\\)%")
_REDEFINES = re.compile(
    r"\\(?:[gex]?def|let|futurelet|global|long|(?:re)?new(?:command|environment)|providecommand|Declare\w+|require"
    r"|catcode|csname|expandafter)(?![A-Za-z])"
)
_OPENS, _CLOSES = re.compile(r"\$(?=\S)"), re.compile(r"(?<=\S)\$")


def redefines(text: str) -> bool:
    """Whether a text may give commands another meaning: then those of its other formulas mean nothing."""
    return _REDEFINES.search(html.unescape(text)) is not None


def is_plain(formula: str, *, redefined: bool = False) -> bool:
    """Whether a formula shows all that it is made of."""
    return not _COMMENT.search(formula) and _shows_commands(formula, redefined)


def shown_formulas(source: str, words: str, *, redefined: bool = False, inside: bool = False) -> str:
    """The `words` of a paragraph without formulas that are not plain. `source`: its Markdown. `inside`: it may be a
    part of a formula that began before it."""
    if inside:
        return words if is_plain(source, redefined=redefined) and is_plain(words, redefined=redefined) else NOT_SHOWN
    if "$" not in words and "$" not in source:
        return words
    if "$" not in without_code(source) and "$" not in html.unescape(without_code(source)):
        return words
    if not _hides(source, redefined) and not _hides(words, redefined):
        return words
    first, last = words.find("$"), words.rfind("$")
    return f"{words[:first]}{NOT_SHOWN}{words[last + 1 :]}" if first < last else NOT_SHOWN


def _hides(text: str, redefined: bool) -> bool:
    """Whether anything between two dollar signs may not be drawn."""
    first, last = text.find("$"), text.rfind("$")
    return first < last and not (_shows_commands(text[first + 1 : last], redefined) and not _hides_comment(text))


def _hides_comment(text: str) -> bool:
    """A percent sign in a formula. In "$5 is 10% of $50" is none: the second sign could not close one."""
    loose = text.find("$ "), text.rfind(" $") + 1
    display = text.find("$$"), text.rfind("$$")
    opens, closes = _OPENS.search(text), [found.start() for found in _CLOSES.finditer(text)]
    tight = (opens.start(), closes[-1]) if opens and closes else (-1, -1)
    return any(0 <= start < end and _COMMENT.search(text, start, end) for start, end in (loose, display, tight))


def _shows_commands(formula: str, redefined: bool) -> bool:
    names = [found[1] for found in _COMMAND.finditer(formula)]
    if (redefined and names) or _OPTION.search(formula):
        return False
    if not all(name in _COMMANDS or name in _SIGNS for name in names):
        return False
    return all(found[1] in _ENVIRONMENTS and not found[2] for found in _ENVIRONMENT.finditer(formula))


def without_code(source: str) -> str:
    """The source of a paragraph without its code spans."""
    kept, position = [], 0
    for start, end in code_spans(source):
        kept.append(source[position:start])
        position = end
    return "".join([*kept, source[position:]])
