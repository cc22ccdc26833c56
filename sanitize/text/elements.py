"""Names of HTML elements and attributes, by what they mean to us.

Source: HTML Living Standard, section 4 and, for obsolete ones, 16.2; SVG 2; MathML Core.
"""

from __future__ import annotations


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Elements whose mere name makes a `<` markup: HTML's, and the roots and active children of
#: SVG and MathML. One-letter ones are treated apart; `xss` is what cheat sheets call theirs,
#: and the last four are ours (foreign.py).
FOREIGN = _names("""
    animate animatemotion animatetransform desc foreignobject handler listener use
    annotation-xml maction mglyph mi mn mo ms mtext mstyle semantics
""")
ELEMENTS = FOREIGN | _names("""
    abbr acronym address applet area article aside audio base basefont bdi bdo bgsound big blink
    blockquote body br button canvas caption center cite code col colgroup data datalist dd del
    details dfn dialog dir div dl dt em embed fencedframe fieldset figcaption figure font footer
    form frame frameset h1 h2 h3 h4 h5 h6 head header hgroup hr html iframe image img input ins
    isindex kbd keygen label layer legend li link listing main map mark marquee math menu menuitem
    meta meter multicol nav nextid nobr noembed noframes noscript object ol optgroup option output
    param picture plaintext portal pre progress rb rp rt rtc ruby samp script search section select
    selectedcontent slot small source spacer span strike strong style sub summary sup svg table
    tbody td template textarea tfoot th thead time title tr track tt ul var video wbr xmp
    xss x-drawn x-noscript x-template x-undrawn
""")
#: One-letter elements; `x <a and y> b` is arithmetic, `<a href=…>` and `<b>` are not.
LETTERS = "abipqsu"
#: Elements that go with everything in them: code, which no reader sees.
DROPPED = _names("script style")
#: Elements whose content some parsers take for text: unwrapped, so that it is escaped.
RAW = _names("""
    iframe noembed noframes noscript plaintext xmp template listing isindex svg math
""")
KEPT = (ELEMENTS | set(LETTERS)) - DROPPED - RAW

#: Elements without an end tag.
VOID = _names("""
    area base basefont bgsound br col embed frame hr image img input keygen link meta nextid param
    source spacer track wbr
""")
#: Elements that imply the end of their like, so that leaving them open nests nothing.
SELF_CLOSING = VOID | _names("""
    body caption colgroup dd dt head html li optgroup option p rb rp rt rtc tbody td tfoot th
    thead tr
""")
#: Elements that the parser opens again in every later block until they are closed (13.2.4.3).
FORMATTING = _names("a b big code em font i nobr s small strike strong tt u")
#: Elements through which the end tag of an outer one does not reach (13.2.4.2).
SCOPES = _names("applet button marquee math object select svg table template")

#: Elements before and after which a reader sees a new line.
BREAKING = _names("""
    address article aside blockquote br caption center dd details dialog dir div dl dt fieldset
    figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr legend li main menu nav ol option p
    pre section summary table tbody tfoot thead title tr ul
""")

#: Attributes whose value is text that a reader may never see.
TEXT_ATTRIBUTES = _names("""
    alt aria-description aria-label aria-placeholder aria-roledescription content data-title
    data-tooltip label placeholder summary title value
""")
#: Attributes that can hide an element.
HIDING_ATTRIBUTES = _names("color hidden style type")
#: What a style sheet can hide elements by.
NAMING_ATTRIBUTES = _names("class id")
#: Elements whose content is shown only without scripts, or never.
UNSEEN = _names("noscript template")
#: Elements of SVG and MathML whose text is not shown, and our names for those and for others.
UNDRAWN = _names("annotation desc metadata title")
UNDRAWN_AS, DRAWN_AS = "x-undrawn", "x-drawn"
#: Elements whose `src` and the like are loaded without a click.
PICTURES = _names("image img input picture source video")
#: Attributes that hold an address, or what an SVG animation sets one to.
URL_ATTRIBUTES = _names("""
    action background cite codebase data dynsrc formaction from href longdesc lowsrc manifest ping
    poster src srcdoc srcset to values xlink:href
""")
